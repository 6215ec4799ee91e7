//! For every operation and every example pair of the description: the client sends exactly the documented request, to the right one of the
//! two hosts, and reads the documented answer.
//!
//! Each operation is a test of its own: `cargo test -p green-api-tests --test contract getSettings`.

use std::process::ExitCode;

use green_api::{Delivery, ErrorKind};
use green_api_tests::mock::{MockServerExt, Witness};
use green_api_tests::spec::{Operation, Pair, bundle};
use green_api_tests::{Caller, ID_INSTANCE, TOKEN, answers, client, patient, requests, run};
use httpmock::MockServer;
use libtest_mimic::{Arguments, Failed, Trial};
use serde_json::Value;

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let operations = bundle().operations();
    let pairs: usize = operations
        .iter()
        .filter_map(|operation| operation.pairs().ok())
        .map(|pairs| pairs.len())
        .sum();
    if !arguments.list {
        println!("\n{} operations, {pairs} example pairs", operations.len());
    }
    let mut trials: Vec<Trial> = operations
        .into_iter()
        .map(|operation| Trial::test(operation.id, move || run(check(&operation))))
        .collect();
    trials.push(Trial::test("the_description_has_operations", move || {
        if pairs > 0 {
            Ok(())
        } else {
            Err("there is nothing to test".into())
        }
    }));
    libtest_mimic::run(&arguments, trials).exit_code()
}

/// The two hosts of an instance, what they were asked, and who calls them.
struct Hosts {
    api: (MockServer, Witness),
    media: (MockServer, Witness),
    caller: Caller,
}

async fn host() -> (MockServer, Witness) {
    let server = MockServer::start_async().await;
    let witness = Witness::of(&server).await;
    (server, witness)
}

async fn check(operation: &Operation<'_>) -> Result<(), Failed> {
    let (api, media) = (host().await, host().await);
    let caller = Caller::new(
        &client(patient()),
        &api.0.base_url(),
        &media.0.base_url(),
        TOKEN,
    );
    let hosts = Hosts { api, media, caller };
    let mut problems = Vec::new();
    for pair in operation
        .pairs()
        .map_err(|problem| format!("{}: {problem}", operation.id))?
    {
        let found = check_pair(&hosts, operation, &pair).await;
        problems.extend(
            found
                .into_iter()
                .map(|problem| format!("{}, example `{}`: {problem}", operation.id, pair.name)),
        );
    }
    if problems.is_empty() {
        Ok(())
    } else {
        Err(problems.join("\n").into())
    }
}

async fn check_pair(hosts: &Hosts, operation: &Operation<'_>, pair: &Pair<'_>) -> Vec<String> {
    let mut problems = check_answer(hosts, operation, pair, None).await;
    let Some(content) = operation.answer() else {
        return problems;
    };
    let Some(answer) = pair.answer else {
        return vec!["the answer has no value".to_owned()];
    };
    let newer = answers::with_unknown_fields(operation.spec, &content["schema"], answer);
    if newer != *answer {
        let found = check_answer(hosts, operation, pair, Some(&newer)).await;
        problems.extend(
            found
                .into_iter()
                .map(|problem| format!("with unknown fields in the answer: {problem}")),
        );
    }
    problems
}

/// Sends the pair's request, and has it answered with the pair's answer, or with `newer`, which says the same.
async fn check_answer(
    hosts: &Hosts,
    operation: &Operation<'_>,
    pair: &Pair<'_>,
    newer: Option<&Value>,
) -> Vec<String> {
    let Hosts { api, media, caller } = hosts;
    let (right, wrong) = if operation.media() {
        (media, api)
    } else {
        (api, media)
    };
    let mock = right.0.mock_by_name_async(operation.id, |when, then| {
        let when = when.token(TOKEN).example(pair.name);
        if !operation.is_partners() {
            when.instance(ID_INSTANCE.parse().expect("it is a number"));
        }
        match newer {
            Some(newer) => then.json(newer),
            None => then.example(pair.name),
        };
    });
    let mock = mock.await;
    let outcome = caller.call(operation, pair.arguments.clone()).await;
    mock.delete_async().await;

    let mut problems = Vec::new();
    if !wrong.1.take().is_empty() {
        problems.push("a request went to the wrong host".to_owned());
    }
    let answer = pair.answer.unwrap_or(&Value::Null);
    match right.1.take().as_slice() {
        [seen] => problems.extend(requests::differences(&pair.request, seen)),
        seen => problems.push(format!("{} requests were sent", seen.len())),
    }
    match outcome {
        Ok(_) if operation.refuses(answer) => {
            problems.push("the answer is a refusal, and was not taken for one".to_owned())
        }
        Ok((raw, typed)) => {
            let wanted = newer.unwrap_or(answer);
            if raw != *wanted {
                problems.push(format!("the answer was {wanted}, and was given as {raw}"));
            }
            let schema = operation
                .answer()
                .map_or(&Value::Null, |content| &content["schema"]);
            problems.extend(answers::differences(operation.spec, schema, answer, &typed));
        }
        Err(error) if operation.refuses(answer) => {
            if (error.kind(), error.delivery(), error.status())
                != (ErrorKind::Declined, Delivery::Refused, Some(200))
            {
                problems.push(format!("the refusal became {error:?}"));
            }
        }
        Err(error) => problems.push(format!("failed: {error}")),
    }
    problems
}
