//! Every operation by its name, with the arguments of its first example, exactly as `green-api call` is typed.

mod common;

use common::{TOKEN, green_api_at, run};
use green_api_tests::mock::{MockServerExt, Witness};
use green_api_tests::requests;
use green_api_tests::spec::{Pair, bundle};
use httpmock::MockServer;
use serde_json::Value;

#[tokio::test]
async fn is_called_with_the_body_of_its_example() {
    let server = MockServer::start_async().await;
    let witness = Witness::of(&server).await;
    let mut problems = Vec::new();
    let operations = bundle().operations();
    for operation in &operations {
        let pairs = operation.pairs().unwrap();
        let refused = |pair: &&Pair| pair.answer.is_some_and(|answer| operation.refuses(answer));
        // An operation whose only example is a refusal is called with that one.
        let accepted = pairs.iter().find(|pair| !refused(pair));
        let pair = accepted.or(pairs.first()).unwrap();
        let succeeds = !refused(&pair);
        let answer = pair.answer.cloned().unwrap_or_default();
        let mock = server.mock_by_name_async(operation.id, |_, then| drop(then.example(pair.name)));
        let mock = mock.await;
        let arguments = Value::Object(pair.arguments.clone()).to_string();
        let mut command = green_api_at(
            &server.base_url(),
            &["call", operation.id, "--body", &arguments],
        );
        command.env("GREEN_API_PARTNER_TOKEN", TOKEN);
        let ran = run(command).await;
        let printed: Option<Value> = serde_json::from_str(&ran.out).ok();
        let wanted_answer = succeeds.then_some(answer);
        if (ran.code == 0) != succeeds || printed != wanted_answer {
            problems.push(format!("{}: {}", operation.id, ran.show()));
        }
        mock.delete_async().await;
        match witness.take().as_slice() {
            [seen] => {
                // The path has this test's instance and token, which another test looks at.
                let mut wanted = pair.request.clone();
                wanted.path.clone_from(&seen.path);
                if !seen.path.contains(&format!("/{}/", operation.id)) {
                    problems.push(format!("{}: another operation was called", operation.id));
                }
                problems.extend(
                    requests::differences(&wanted, seen)
                        .into_iter()
                        .map(|problem| format!("{}: {problem}", operation.id)),
                );
            }
            seen => problems.push(format!("{}: {} requests", operation.id, seen.len())),
        }
    }
    assert!(problems.is_empty(), "{}", problems.join("\n"));
    assert_eq!(operations.len(), green_api::operations::ALL.len());
}
