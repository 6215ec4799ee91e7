//! `green-api sandbox`, and the sandbox of `green-api link --sandbox`.

use std::future::{pending, ready};
use std::sync::Arc;
use std::time::Duration;

use green_api::{Client, ConfigError, Credentials, Instance, PhoneNumber};
use green_api_sandbox::{Plan, Sandbox, StartError};
use metrics::{counter, describe_counter, describe_gauge, gauge};
use serde_json::json;

use super::metrics::Metrics;
use super::plan::Given;
use super::{OnInterrupt, Task};
use crate::args::SandboxArgs;
use crate::failure::{Exit, Failure, Stop};
use crate::terminal::{Event, Terminal};

/// The number of the phone that scans the QR codes of `link --sandbox`, and is linked in `mcp --sandbox`.
const PHONE: &str = "447700900123";

/// How long the phone of `link --sandbox` takes to type or scan a code.
const TYPED_AFTER: Duration = Duration::from_secs(2);

/// Starts a sandbox with this phone, and returns it with its instance. Without a number, the phone scans QR codes.
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
                // An instance that is already linked shows no code.
                shown.qr().map(|code| phone.scan_qr(&code))
            });
        }
    }
    let instance = instance_of(&sandbox)?;
    Ok((sandbox, instance))
}

/// Starts a sandbox whose instance is linked and has a message from a customer, and returns it with the instance.
pub(crate) async fn with_a_customer() -> Result<(Sandbox, Instance), Failure> {
    // Without them, the journals stay empty.
    let settings = json!({ "incomingWebhook": "yes", "outgoingWebhook": "yes", "outgoingAPIMessageWebhook": "yes" });
    let sandbox = Sandbox::builder()
        .settings(settings)
        .linked_to(PHONE)
        .delivery_time(Duration::ZERO)
        .journal_delay(Duration::ZERO)
        .start()
        .await
        .map_err(cannot_start)?;
    let customer = sandbox.phone("447700900145");
    customer.set_name("Ada");
    customer.send_text(&format!("{PHONE}@c.us"), "Is the parcel at the door?");
    let instance = instance_of(&sandbox)?;
    Ok((sandbox, instance))
}

pub(crate) fn instance_of(sandbox: &Sandbox) -> Result<Instance, ConfigError> {
    let credentials = sandbox.credentials(0).pass_to(Credentials::new)?;
    Ok(Client::new()?.instance(credentials))
}

fn cannot_start(error: StartError) -> Failure {
    let source = std::error::Error::source(&error)
        .map(|source| format!(": {source}"))
        .unwrap_or_default();
    Failure::new(Exit::Input, "listen", format!("{error}{source}"))
}

pub(crate) fn prepare(args: SandboxArgs) -> Result<Task, Failure> {
    let metrics = args.metrics.map(Metrics::bind).transpose()?;
    let task = Task::new(async move |terminal: &mut Terminal| serve(args, metrics, terminal).await);
    Ok(task.on_interrupt(OnInterrupt::End))
}

/// Serves until the future is dropped.
async fn serve(
    args: SandboxArgs,
    metrics: Option<Metrics>,
    terminal: &mut Terminal,
) -> Result<(), Stop> {
    let number: PhoneNumber = args
        .number
        .parse()
        .map_err(|error| Failure::input(format!("--number: {error}")))?;
    let journal_delay = args.journal_delay;
    if journal_delay.is_some_and(|delay| delay > Duration::from_secs(120)) {
        return Err(Failure::input("--journal-delay: must be 120 seconds or less").into());
    }
    let plan = args.developer_plan.then_some(Plan::Developer);
    let builder = Sandbox::builder()
        .listen(args.listen)
        .rate_limits(!args.no_rate_limits)
        .remote_webhooks(args.remote_webhooks)
        .given(args.seed, |builder, seed| builder.seed(seed))
        .given(args.delay, |builder, delay| builder.delay(delay))
        .given(journal_delay, |builder, delay| builder.journal_delay(delay))
        .given(plan, |builder, plan| builder.plan(plan))
        .given(args.public_url, |builder, url| builder.public_url(url));
    let origins = args.allow_origin.into_iter();
    let builder = origins.fold(builder, |builder, origin| builder.allow_origin(origin));
    let sandbox = builder.start().await.map_err(cannot_start)?;
    let instance = sandbox.instance();
    // Setting the state that it already has would count as a change.
    let state = args.state.parse().ok();
    if let Some(state) = state.filter(|state| *state != instance.state()) {
        instance.set_state(state);
    }
    instance.refuse_codes(args.refuse_codes);
    if let Some(after) = args.link_after {
        sandbox.phone(&number.digits()).type_code_when_issued(after);
    }
    let (url, id_instance) = (sandbox.url(), instance.id_instance().get());
    let api_token_instance = instance.api_token_instance();
    let partner_token = sandbox.partner_token();
    for (variable, value) in [
        ("URL", &url),
        ("ID_INSTANCE", &id_instance.to_string()),
        ("TOKEN_INSTANCE", &api_token_instance),
        ("PARTNER_TOKEN", &partner_token),
    ] {
        terminal.result(&format!("export GREEN_API_{variable}={value}"))?;
    }
    terminal.note(&format!("The phone in the browser: {url}/"));
    terminal.event(&Event::Sandbox {
        url,
        id_instance,
        api_token_instance,
        partner_token,
    })?;
    let sandbox = Arc::new(sandbox);
    let recorded = Arc::clone(&sandbox);
    let count = move || {
        record(&recorded);
        ready(())
    };
    let _metrics = metrics
        .map(|metrics| metrics.serve(terminal, count))
        .transpose()?;
    terminal.note("Serving until Ctrl-C.");
    pending().await
}

/// Records what the sandbox has done so far.
fn record(sandbox: &Sandbox) {
    const REQUESTS: &str = "green_api_sandbox_requests_total";
    const PENDING: &str = "green_api_sandbox_pending_notifications";
    describe_counter!(REQUESTS, "Requests that were answered");
    describe_gauge!(PENDING, "Notifications in the queue of an instance");
    for ((operation, status), count) in sandbox.answered() {
        let status = status.to_string();
        counter!(REQUESTS, "operation" => operation, "status" => status).absolute(count);
    }
    for instance in sandbox.instances() {
        let id = instance.id_instance().to_string();
        let pending = u32::try_from(instance.pending_notifications()).unwrap_or(u32::MAX);
        gauge!(PENDING, "instance" => id).set(pending);
    }
}
