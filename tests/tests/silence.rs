//! When an endpoint gets nothing, by the clock.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use green_api::webhook::Authorization;
use green_api::{Client, Credentials, ProblemKind, ReceiveOptions, Recovery, RetryPolicy, Webhook};
use green_api_sandbox::{Fault, Sandbox, State};
use green_api_tests::clocks::fly_along;
use green_api_tests::{ID_INSTANCE, TOKEN};
use serde_json::json;
use tokio::time::sleep;
use tower::ServiceExt as _;

const LIMIT: Duration = Duration::from_secs(60);
const HALF: Duration = Duration::from_secs(30);

async fn post(webhook: &Webhook, instance: i64) {
    let body = json!({ "typeWebhook": "new", "instanceData": { "idInstance": instance } });
    let request = axum::http::Request::post("/").body(axum::body::Body::from(body.to_string()));
    let answer = webhook.clone().oneshot(request.unwrap()).await.unwrap();
    assert_eq!(answer.status(), 200);
}

#[tokio::test]
async fn an_endpoint_reports_the_silence_of_a_linked_instance_and_its_end() {
    let sandbox = Sandbox::builder()
        .instance(7_103_000_001, TOKEN)
        .start()
        .await
        .unwrap();
    let client = Client::builder().retry(RetryPolicy::never());
    let credentials = Credentials::new(&sandbox.url(), ID_INSTANCE, TOKEN).unwrap();
    let instance = client.build().unwrap().instance(credentials);
    let id = instance.id().get();

    let log = Arc::<Mutex<Vec<(i64, &str)>>>::default();
    let options = ReceiveOptions::new().on_problem({
        let log = Arc::clone(&log);
        move |problem| {
            let name = match problem.kind {
                ProblemKind::Silence { lasting } => {
                    assert!(lasting >= LIMIT && lasting < 3 * LIMIT, "{lasting:?}");
                    "silence"
                }
                ProblemKind::Receiving { .. } => "not asked",
                ProblemKind::Recovered {
                    from: Recovery::Silence,
                    ..
                } => "not silent",
                ProblemKind::Recovered {
                    from: Recovery::Server,
                    ..
                } => "asked",
                _ => "another",
            };
            let instance = problem.instance.unwrap().get();
            log.lock().unwrap().push((instance, name));
        }
    });
    let told = || {
        let told = std::mem::take(&mut *log.lock().unwrap());
        assert!(told.iter().all(|(instance, _)| *instance == id));
        told.into_iter().map(|(_, name)| name).collect::<Vec<_>>()
    };
    let webhook = Webhook::builder(Authorization::none())
        .options(options)
        .handler(|_| async { Ok::<(), String>(()) });
    let watch = tokio::spawn(webhook.clone().report_silence(instance, LIMIT));

    fly_along(async {
        // Of an instance that is not linked nothing is expected.
        sleep(2 * LIMIT + HALF).await;
        sandbox.wait_for_calls("getStateInstance", 2).await;
        assert!(told().is_empty());

        // It is told once, and its end when something comes, from this instance.
        sandbox.instance().set_state(State::Authorized);
        sleep(3 * LIMIT).await;
        assert_eq!(told(), ["silence"]);
        post(&webhook, id + 1).await;
        assert!(told().is_empty());
        post(&webhook, id).await;
        assert_eq!(told(), ["not silent"]);

        // Each notification begins it anew.
        for _ in 0..4 {
            sleep(HALF).await;
            post(&webhook, id).await;
        }
        assert!(told().is_empty());

        // A server that does not answer is asked again.
        let faults = sandbox.faults();
        faults.add(Fault::on("getStateInstance").times(1).status(503));
        sleep(LIMIT + HALF).await;
        assert_eq!(told(), ["not asked"]);
        sleep(LIMIT).await;
        assert_eq!(told(), ["asked", "silence"]);

        // Nothing comes after the end, so nothing is missed.
        webhook.shutdown().await;
        watch.await.unwrap();
    })
    .await;
    assert!(told().is_empty());
}
