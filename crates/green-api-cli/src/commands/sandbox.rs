//! `green-api sandbox`, and the sandbox of `green-api link --sandbox`.

use std::future::pending;
use std::time::Duration;

use green_api::{Client, ConfigError, Credentials, Instance, PhoneNumber};
use green_api_sandbox::{Plan, Sandbox, StartError};

use super::{OnInterrupt, Task};
use crate::args::SandboxArgs;
use crate::failure::{Exit, Failure, Stop};
use crate::terminal::{Event, Terminal};

/// The phone that scans the QR codes of `link --sandbox`.
const PHONE: &str = "447700900123";

/// How long after it was issued the phone of `link --sandbox` types or scans its code.
const TYPED_AFTER: Duration = Duration::from_secs(2);

/// A sandbox with this phone, and its instance. Without a number its phone scans QR codes.
pub(crate) async fn with_phone(phone: Option<PhoneNumber>) -> Result<(Sandbox, Instance), Failure> {
    let sandbox = Sandbox::start().await.map_err(cannot_start)?;
    match phone {
        Some(phone) => sandbox
            .phone(&phone.digits())
            .type_code_when_issued(TYPED_AFTER),
        None => {
            let (shown, phone) = (sandbox.instance(), sandbox.phone(PHONE));
            tokio::spawn(async move {
                tokio::time::sleep(TYPED_AFTER).await;
                // Where it shows none, an account is linked already.
                shown.qr().map(|code| phone.scan_qr(&code))
            });
        }
    }
    let instance = instance_of(&sandbox)?;
    Ok((sandbox, instance))
}

pub(crate) fn instance_of(sandbox: &Sandbox) -> Result<Instance, ConfigError> {
    let instance = sandbox.instance();
    let credentials = Credentials::new(
        &sandbox.url(),
        &instance.id_instance().to_string(),
        &instance.api_token_instance(),
    )?;
    Ok(Client::new()?.instance(credentials))
}

fn cannot_start(error: StartError) -> Failure {
    let source = std::error::Error::source(&error)
        .map(|source| format!(": {source}"))
        .unwrap_or_default();
    Failure::new(Exit::Input, "listen", format!("{error}{source}"))
}

pub(crate) fn prepare(args: SandboxArgs) -> Task {
    Task::new(async move |terminal: &mut Terminal| serve(&args, terminal).await)
        .on_interrupt(OnInterrupt::End)
}

/// Serves until the future is dropped.
async fn serve(args: &SandboxArgs, terminal: &mut Terminal) -> Result<(), Stop> {
    let number: PhoneNumber = args
        .number
        .parse()
        .map_err(|error| Failure::input(format!("--number: {error}")))?;
    let mut builder = Sandbox::builder().listen(args.listen).seed(args.seed);
    if let Some(delay) = args.delay {
        builder = builder.delay(delay);
    }
    builder = builder.rate_limits(!args.no_rate_limits);
    if args.developer_plan {
        builder = builder.plan(Plan::Developer);
    }
    if let Some(url) = &args.public_url {
        builder = builder.public_url(url);
    }
    let sandbox = builder.start().await.map_err(cannot_start)?;
    let instance = sandbox.instance();
    // It is notAuthorized already, and what does not change is no event.
    if let Some(state) = args
        .state
        .parse()
        .ok()
        .filter(|state| *state != instance.state())
    {
        instance.set_state(state);
    }
    instance.refuse_codes(args.refuse_codes);
    if let Some(after) = args.link_after {
        sandbox.phone(&number.digits()).type_code_when_issued(after);
    }
    let (url, id_instance, api_token_instance) = (
        sandbox.url(),
        instance.id_instance(),
        instance.api_token_instance(),
    );
    terminal.result(&format!("export GREEN_API_URL={url}"))?;
    terminal.result(&format!("export GREEN_API_ID_INSTANCE={id_instance}"))?;
    terminal.result(&format!(
        "export GREEN_API_TOKEN_INSTANCE={api_token_instance}"
    ))?;
    let partner_token = sandbox.partner_token();
    terminal.result(&format!("export GREEN_API_PARTNER_TOKEN={partner_token}"))?;
    terminal.note(&format!("The phone in the browser: {url}/"));
    terminal.event(&Event::Sandbox {
        url,
        id_instance,
        api_token_instance,
        partner_token,
    })?;
    terminal.note("Serving until Ctrl-C.");
    pending().await
}
