//! `green-api mcp`.

use green_api::Instance;
use green_api_mailbox::Store;
use green_api_mcp::{Error, Scope, Server};
use green_api_sandbox::Sandbox;
use tokio::io::{stdin, stdout};

use super::interrupts::Interrupts;
use super::mailbox::open;
use super::plan::Given;
use super::{OnInterrupt, Task, sandbox};
use crate::account::Account;
use crate::args::McpArgs;
use crate::failure::{Exit, Failure, Stop};
use crate::terminal::Terminal;

pub(crate) fn prepare(
    args: McpArgs,
    profile: Option<&str>,
    terminal: &mut Terminal,
) -> Result<Task, Failure> {
    if terminal.style().json {
        return Err(Failure::input(
            "--json: standard output is for the protocol alone",
        ));
    }
    if args.allow.contains(&Scope::Send) && args.chat.is_empty() {
        return Err(Failure::input(
            "--allow send needs --chat: name each chat that may be written to, or allow every chat with --chat any",
        ));
    }
    let instance = if args.sandbox {
        None
    } else {
        Some(Instance::find(profile, terminal)?)
    };
    let task =
        Task::new(async move |terminal: &mut Terminal| serve(args, instance, terminal).await);
    Ok(task.on_interrupt(OnInterrupt::Handled))
}

/// Serves until standard input ends. Without an instance, it starts a sandbox.
async fn serve(
    args: McpArgs,
    instance: Option<Instance>,
    terminal: &mut Terminal,
) -> Result<(), Stop> {
    let store = match &instance {
        _ if !args.allow.contains(&Scope::Send) => None,
        // A store of real messages is not for a sandbox.
        None => Some(Store::in_memory().await?),
        Some(_) => Some(open(&args.store, terminal).await?),
    };
    // The sandbox stops when it is dropped.
    let (_sandbox, instance): (Option<Sandbox>, Instance) = match instance {
        Some(instance) => (None, instance),
        None => {
            let (sandbox, instance) = sandbox::with_a_customer().await?;
            terminal.hide(instance.credentials().token());
            terminal.note(&format!("The phone in the browser: {}/", sandbox.url()));
            (Some(sandbox), instance)
        }
    };
    let interrupts = Interrupts::start();
    let server = Server::new(instance)
        .allow(args.allow)
        .chats(args.chat.into_iter().collect())
        .given(store, |server, store| server.outbox(store.outbox()))
        .until(interrupts.first());
    tokio::select! {
        served = server.serve(stdin(), stdout()) => Ok(served.map_err(Failure::from)?),
        () = interrupts.second() => Err(Stop::Interrupted),
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        match error {
            Error::Outbox(error) => error.into(),
            error => Self::new(Exit::Unexpected, "session", error.to_string()),
        }
    }
}
