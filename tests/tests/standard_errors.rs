//! For every operation and every documented error: the kind, the status, the server's words, what became of the request, and how often it
//! was sent.

use std::process::ExitCode;
use std::time::Duration;

use green_api::{Delivery, Error, ErrorKind, RetryPolicy};
use green_api_tests::mock::{MockServerExt, Witness};
use green_api_tests::spec::{Failure, Operation, bundle};
use green_api_tests::{ATTEMPTS, Caller, TOKEN, client, patient, run};
use httpmock::MockServer;
use libtest_mimic::{Arguments, Failed, Trial};
use serde_json::{Map, Value};

/// What an error of each status means, unless its text says otherwise.
const BY_STATUS: [(u16, ErrorKind, Delivery); 11] = [
    (400, ErrorKind::BadRequest, Delivery::Refused),
    (401, ErrorKind::Unauthorized, Delivery::Refused),
    (403, ErrorKind::Forbidden, Delivery::Refused),
    (404, ErrorKind::NotFound, Delivery::Refused),
    (429, ErrorKind::RateLimited, Delivery::Refused),
    (466, ErrorKind::QuotaExceeded, Delivery::Refused),
    (499, ErrorKind::ClientClosedRequest, Delivery::MaybeSent),
    (500, ErrorKind::Server, Delivery::MaybeSent),
    (502, ErrorKind::Gateway, Delivery::MaybeSent),
    (503, ErrorKind::Gateway, Delivery::MaybeSent),
    (504, ErrorKind::Gateway, Delivery::MaybeSent),
];

/// The texts that say more than their status.
const BY_TEXT: [(u16, &str, ErrorKind); 8] = [
    (
        400,
        "instance in starting process try later",
        ErrorKind::Starting,
    ),
    (
        400,
        "instance is starting or not authorized",
        ErrorKind::NotAuthorized,
    ),
    (
        400,
        "instance account not authorized",
        ErrorKind::NotAuthorized,
    ),
    (
        400,
        "Instance account is expired. Renew your instance from personal area",
        ErrorKind::Expired,
    ),
    (400, "Instance is deleted", ErrorKind::Deleted),
    (400, "custom webhook url is set", ErrorKind::WebhookUrlSet),
    (500, "request entity too large", ErrorKind::TooLarge),
    (
        500,
        "File from url exceeded max upload size. Size: 112.4mb Limit: 100mb Url: https://files.example.com/film.mp4",
        ErrorKind::TooLarge,
    ),
];

/// The statuses after which a request that only reads is sent again.
const REPEATED_READS: [u16; 4] = [429, 502, 503, 504];

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let operations = bundle().operations();
    if !arguments.list {
        let errors: usize = operations
            .iter()
            .map(|operation| operation.failures().len())
            .sum();
        println!(
            "\n{} operations, {errors} documented errors",
            operations.len()
        );
    }
    let trials = operations
        .into_iter()
        .map(|operation| Trial::test(operation.id, move || run(check(&operation))))
        .collect();
    libtest_mimic::run(&arguments, trials).exit_code()
}

/// What an operation is called with, again and again.
struct Setting {
    server: MockServer,
    witness: Witness,
    once: Caller,
    patient: Caller,
    arguments: Map<String, Value>,
}

async fn check(operation: &Operation<'_>) -> Result<(), Failed> {
    let server = MockServer::start_async().await;
    let url = server.base_url();
    let setting = Setting {
        witness: Witness::of(&server).await,
        once: Caller::new(&client(RetryPolicy::never()), &url, &url, TOKEN),
        patient: Caller::new(&client(patient()), &url, &url, TOKEN),
        server,
        arguments: operation
            .pairs()
            .map_err(|problem| format!("{}: {problem}", operation.id))?
            .swap_remove(0)
            .arguments,
    };
    let mut problems = Vec::new();
    let failures = operation.failures();
    for (status, ..) in BY_STATUS {
        // A partner's account has no quota.
        let may_lack = status == 466 && operation.is_partners();
        if !may_lack && failures.iter().all(|failure| failure.status != status) {
            problems.push(format!(
                "{}: the standard error {status} is not described",
                operation.id
            ));
        }
    }
    for failure in failures {
        let found = check_failure(&setting, operation, &failure).await?;
        problems.extend(found.into_iter().map(|problem| {
            format!(
                "{}, {} `{}`: {problem}",
                operation.id, failure.status, failure.name
            )
        }));
    }
    if problems.is_empty() {
        Ok(())
    } else {
        Err(problems.join("\n").into())
    }
}

async fn check_failure(
    setting: &Setting,
    operation: &Operation<'_>,
    failure: &Failure<'_>,
) -> Result<Vec<String>, Failed> {
    let words = words(failure);
    let by_status = BY_STATUS
        .iter()
        .find(|(status, ..)| *status == failure.status)
        .ok_or("this status is not in the table of this test")?;
    let by_text = BY_TEXT
        .iter()
        .find(|(status, text, _)| *status == failure.status && words.as_deref() == Some(text));
    let (kind, delivery) = by_text.map_or((by_status.1, by_status.2), |(.., kind)| {
        (*kind, Delivery::Refused)
    });
    let retried = match operation.effect() {
        "reads" => REPEATED_READS.contains(&failure.status),
        "sends" | "changes" => failure.status == 429,
        _ => false,
    };

    let mut problems = Vec::new();
    let mut headers = Vec::new();
    if failure.status == 429 {
        let rate = operation.get("x-rate-limit-rps").as_f64();
        if rate.is_none() {
            headers.push(("X-RateLimit-Replenish-Rate", "50"));
        }
        let (error, _) = setting
            .send(&setting.once, operation, failure, &headers)
            .await?;
        let spacing = Duration::from_secs_f64(1.0 / rate.unwrap_or(50.0));
        if error.retry_after() != Some(spacing) {
            problems.push(format!(
                "the next request may come after {spacing:?}, the error says {:?}",
                error.retry_after()
            ));
        }
        // So that nobody has to wait for the repetition.
        headers.push(("Retry-After", "0"));
    }
    let (error, sent) = setting
        .send(&setting.patient, operation, failure, &headers)
        .await?;
    let mut expect = |what: &str, wanted: String, got: String| {
        if wanted != got {
            problems.push(format!("{what}: expected {wanted}, got {got}"));
        }
    };
    expect("kind", format!("{kind:?}"), format!("{:?}", error.kind()));
    expect(
        "delivery",
        delivery.to_string(),
        error.delivery().to_string(),
    );
    expect(
        "status",
        format!("{:?}", Some(failure.status)),
        format!("{:?}", error.status()),
    );
    // A text that is not JSON is shown as far as it is known word for word.
    let known = |shown: &&str| {
        words
            .as_deref()
            .is_some_and(|words| words.starts_with(*shown))
    };
    let shown = match error.message() {
        Some(shown) if failure.media_type == Some("text/plain") && known(&shown) => {
            Some(shown.to_owned())
        }
        None if failure.media_type == Some("text/plain") && by_text.is_none() => None,
        _ => words,
    };
    expect(
        "words",
        format!("{shown:?}"),
        format!("{:?}", error.message()),
    );
    expect(
        "quota",
        (failure.status == 466).to_string(),
        error.quota().is_some().to_string(),
    );
    expect(
        "operation",
        operation.id.to_owned(),
        error.operation().to_owned(),
    );
    expect(
        "requests",
        if retried {
            ATTEMPTS.to_string()
        } else {
            "1".to_owned()
        },
        sent.to_string(),
    );
    let sentence = error.to_string();
    expect(
        "a sentence with the token",
        "false".to_owned(),
        sentence.contains(TOKEN).to_string(),
    );
    expect(
        "a sentence that begins with the operation",
        "true".to_owned(),
        sentence.starts_with(operation.id).to_string(),
    );
    Ok(problems)
}

impl Setting {
    /// Sends the operation's first example, has it answered with this error and further headers, and gives the error and how often it was
    /// sent.
    async fn send(
        &self,
        caller: &Caller,
        operation: &Operation<'_>,
        failure: &Failure<'_>,
        headers: &[(&str, &str)],
    ) -> Result<(Error, usize), Failed> {
        let mock = self.server.mock_by_name_async(operation.id, |_, then| {
            let then = then.documented_error(failure.status, &failure.name);
            headers
                .iter()
                .fold(then.into_inner(), |then, (name, value)| {
                    then.header(*name, *value)
                });
        });
        let mock = mock.await;
        let outcome = caller.call(operation, self.arguments.clone()).await;
        mock.delete_async().await;
        let sent = self.witness.take().len();
        outcome
            .err()
            .map(|error| (error, sent))
            .ok_or_else(|| "an error was taken for an answer".into())
    }
}

/// What a person would quote of the body: its text, or the part of it that is one. Nobody quotes HTML.
fn words(failure: &Failure<'_>) -> Option<String> {
    match (failure.media_type?, failure.value) {
        ("application/json", body) => {
            let exceeded = ["correspondentsStatus", "invokeStatus"]
                .iter()
                .map(|key| &body[key]);
            let mut exceeded = exceeded.filter(|part| {
                part["status"]
                    .as_str()
                    .is_some_and(|status| status.contains("EXCEEDED"))
            });
            body["message"]
                .as_str()
                .or_else(|| exceeded.next()?["description"].as_str())
                .map(str::to_owned)
        }
        ("text/plain", Value::String(text)) => Some(text.clone()),
        _ => None,
    }
}
