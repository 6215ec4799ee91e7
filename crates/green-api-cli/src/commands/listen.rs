//! `green-api listen`.

mod handling;
mod polling;
mod shown;
mod webhook;

use std::env;
use std::future::ready;
use std::net::SocketAddr;
use std::time::Duration;

use green_api::webhook::{Authorization, WebhookToken};
use green_api::{Instance, Notifications, ReceiveOptions};

use self::handling::Handling;
use super::exec::WEBHOOK_TOKEN;
use super::interrupts::Interrupts;
use super::metrics::Metrics;
use super::plan::Given;
use super::reports::{GivenUp, reporting};
use super::{OnInterrupt, Task};
use crate::account::Account;
use crate::args::ListenArgs;
use crate::failure::Failure;
use crate::terminal::Terminal;

/// The number of handled notifications that `--deduplicate` remembers.
const REMEMBERED: usize = 10_000;

/// Where notifications come from.
enum Source {
    /// Long polling.
    Polling(Instance),
    /// An HTTP endpoint.
    Webhook(SocketAddr, Authorization, Option<Watched>),
}

/// An instance whose silence is reported when it lasts for so long.
type Watched = (Instance, Duration);

pub(crate) fn prepare(
    args: ListenArgs,
    profile: Option<&str>,
    terminal: &mut Terminal,
) -> Result<Task, Failure> {
    // Before there is a client: it describes what it records.
    let metrics = args.metrics.map(Metrics::bind).transpose()?;
    let source = match args.webhook {
        Some(address) => {
            let authorization = authorization(args.without_authorization)?;
            // Whether the instance is linked has to be asked.
            let watched = |limit| Ok::<_, Failure>((Instance::find(profile, terminal)?, limit));
            let watched = args.silence.map(watched).transpose()?;
            Source::Webhook(address, authorization, watched)
        }
        None => Source::Polling(Instance::find(profile, terminal)?),
    };
    let given_up = GivenUp::of(args.dead_letter, args.drop, terminal)?;
    let limit = if args.once { Some(1) } else { args.limit };
    let (options, reports) = reporting(given_up);
    let remembered = args.deduplicate.then_some(REMEMBERED);
    let options = options
        .retry_for(args.retry_for)
        .given(args.attempts, ReceiveOptions::attempts)
        .given(remembered, |options, count| options.deduplicate(count));
    let task = Task::new(async move |terminal: &mut Terminal| {
        let _metrics = metrics
            .map(|metrics| metrics.serve(terminal, || ready(())))
            .transpose()?;
        let mut handling = Handling {
            exec: args.exec,
            limit,
            handled: 0,
            interrupts: Interrupts::start(),
            reports,
        };
        match source {
            Source::Polling(instance) => {
                let notifications = instance
                    .notifications()
                    .options(options)
                    .given(args.silence, Notifications::silence)
                    .until(handling.interrupts.first());
                polling::run(&instance, notifications, &mut handling, terminal).await
            }
            Source::Webhook(address, authorization, watched) => {
                let endpoint = green_api::Webhook::builder(authorization).options(options);
                webhook::run(address, endpoint, watched, &mut handling, terminal).await
            }
        }
    });
    Ok(task.on_interrupt(OnInterrupt::Handled))
}

/// Returns who may post notifications. Accepting them from anybody must be explicit.
fn authorization(anybody: bool) -> Result<Authorization, Failure> {
    let token = env::var(WEBHOOK_TOKEN)
        .ok()
        .filter(|token| !token.is_empty());
    match (token, anybody) {
        (Some(_), true) => Err(Failure::input(format!(
            "--without-authorization conflicts with {WEBHOOK_TOKEN}; omit one of them"
        ))),
        (Some(token), false) => {
            let token: WebhookToken = token
                .parse()
                .map_err(|error| Failure::configuration(format!("{WEBHOOK_TOKEN}: {error}")))?;
            Ok(token.into())
        }
        (None, true) => Ok(Authorization::none()),
        (None, false) => Err(Failure::configuration(format!(
            "{WEBHOOK_TOKEN} is not set; set it to the instance's webhookUrlToken, or pass --without-authorization to accept \
             notifications from anybody"
        ))),
    }
}
