//! What makes it safe to leave a sandbox running: nothing on the machine or on the network that was not asked for can use it.

mod common;

use common::{PHONE, Setup, setup_with};
use green_api_sandbox::{Sandbox, State, WebhookOutcome};
use reqwest::Method;
use serde_json::json;

const EVIL: &str = "http://evil.example";

/// A request of a browser on behalf of a page: its name, the method, and the headers that the page or the browser sets.
type Shape = (&'static str, Method, Vec<(&'static str, String)>);

/// What pages of other origins can make a browser send.
fn shapes(own_port: &str) -> Vec<Shape> {
    let evil = || ("origin", EVIL.to_owned());
    let site = |site: &str| ("sec-fetch-site", site.to_owned());
    let sends = |kind: &str| ("content-type", kind.to_owned());
    let mode = |mode: &str| ("sec-fetch-mode", mode.to_owned());
    let rebound = || ("host", format!("evil.example:{own_port}"));
    vec![
        (
            "a picture",
            Method::GET,
            vec![site("cross-site"), mode("no-cors")],
        ),
        (
            "a link",
            Method::GET,
            vec![site("cross-site"), mode("navigate")],
        ),
        (
            "fetch",
            Method::GET,
            vec![evil(), site("cross-site"), mode("cors")],
        ),
        (
            "a form",
            Method::POST,
            vec![evil(), sends("application/x-www-form-urlencoded")],
        ),
        (
            "a form of plain text",
            Method::POST,
            vec![evil(), sends("text/plain")],
        ),
        (
            "a form with a file",
            Method::POST,
            vec![evil(), sends("multipart/form-data; boundary=x")],
        ),
        (
            "a form that hides its origin",
            Method::POST,
            vec![("origin", "null".to_owned()), sends("text/plain")],
        ),
        (
            "JSON",
            Method::POST,
            vec![evil(), sends("application/json")],
        ),
        (
            "a preflight",
            Method::OPTIONS,
            vec![
                evil(),
                ("access-control-request-method", "POST".to_owned()),
                ("access-control-request-private-network", "true".to_owned()),
            ],
        ),
        (
            "a name that points here",
            Method::GET,
            vec![rebound(), site("same-origin")],
        ),
        (
            "a name that points here, with JSON",
            Method::POST,
            vec![
                rebound(),
                ("origin", format!("http://evil.example:{own_port}")),
                sends("application/json"),
            ],
        ),
        (
            "another port of this machine",
            Method::POST,
            vec![
                ("origin", "http://127.0.0.1:1".to_owned()),
                site("same-site"),
                sends("application/json"),
            ],
        ),
        (
            "another name of this machine",
            Method::POST,
            vec![
                ("origin", format!("http://localhost:{own_port}")),
                sends("application/json"),
            ],
        ),
        ("deleting", Method::DELETE, vec![evil()]),
    ]
}

/// A sandbox whose instance is linked, and an address of the API and one of the control under which something would happen to it.
async fn at_stake(builder: green_api_sandbox::Builder) -> (Setup, [(&'static str, String); 2]) {
    let setup = setup_with(builder.linked_to(PHONE).rate_limits(false)).await;
    let unlink = format!("{}/sandbox/phones/{PHONE}/unlink", setup.sandbox.url());
    let targets = [("logout", setup.address("logout", "")), ("unlink", unlink)];
    (setup, targets)
}

#[tokio::test]
async fn a_page_of_another_origin_can_do_nothing() {
    let (setup, targets) = at_stake(Sandbox::builder()).await;
    let url = setup.sandbox.url();
    let port = url.rsplit_once(':').unwrap().1;
    for (name, method, headers) in shapes(port) {
        for (target, address) in &targets {
            let mut request = setup.request(method.clone(), address).body("{}");
            for (header, value) in &headers {
                request = request.header(*header, value);
            }
            let answer = request.send().await.unwrap();
            assert_eq!(answer.status(), 403, "{name}, {target}");
            let allowing = answer.headers().keys();
            let allowing = allowing.filter(|name| name.as_str().starts_with("access-control"));
            assert_eq!(allowing.count(), 0, "{name}, {target}");
        }
    }
    assert_eq!(setup.sandbox.instance().state(), State::Authorized);
    assert!(setup.sandbox.requests().is_empty());
    // What was kept out would have worked.
    assert_eq!(setup.get("logout").await.status, 200);
    assert_eq!(setup.sandbox.instance().state(), State::NotAuthorized);
}

#[tokio::test]
async fn an_origin_can_be_allowed() {
    const OWN: &str = "http://localhost:3000";
    let (setup, targets) = at_stake(Sandbox::builder().allow_origin(OWN)).await;
    for (target, address) in targets {
        let asked = setup
            .request(Method::OPTIONS, &address)
            .header("origin", OWN)
            .header("access-control-request-method", "POST")
            .header("access-control-request-headers", "content-type");
        let allowed = asked.send().await.unwrap();
        let header = |name: &str| allowed.headers()[name].to_str().unwrap().to_owned();
        assert_eq!(allowed.status(), 204, "{target}");
        assert_eq!(header("access-control-allow-origin"), OWN);
        assert_eq!(header("access-control-allow-headers"), "content-type");
        assert!(header("access-control-allow-methods").contains("POST"));

        let method = if target == "logout" {
            Method::GET
        } else {
            Method::POST
        };
        let from = |origin| {
            let request = setup.request(method.clone(), &address);
            request.header("origin", origin).json(&json!({})).send()
        };
        assert_eq!(from("http://localhost:3001").await.unwrap().status(), 403);
        let answer = from(OWN).await.unwrap();
        assert!(answer.status().is_success(), "{target}");
        assert_eq!(answer.headers()["access-control-allow-origin"], OWN);
    }
}

#[tokio::test]
async fn every_origin_can_be_allowed_but_no_foreign_name() {
    let (setup, [(_, address), _]) = at_stake(Sandbox::builder().allow_origin("*")).await;
    let request = |name, value| setup.request(Method::GET, &address).header(name, value);
    let rebound = request("host", "evil.example").header("origin", EVIL);
    assert_eq!(rebound.send().await.unwrap().status(), 403);
    let picture = request("sec-fetch-site", "cross-site");
    assert_eq!(picture.send().await.unwrap().status(), 200);
}

#[tokio::test]
async fn files_can_be_shown_on_any_page_of_this_name() {
    let (setup, _) = at_stake(Sandbox::builder()).await;
    let picture = setup.phone().attachment("cat.jpg", "no real picture").url;
    let get = |name, value| setup.request(Method::GET, &picture).header(name, value);
    let shown = get("sec-fetch-site", "cross-site").send().await.unwrap();
    assert_eq!(shown.status(), 200);
    assert!(!shown.headers().contains_key("access-control-allow-origin"));
    let rebound = get("host", "evil.example").send().await.unwrap();
    assert_eq!(rebound.status(), 403);
}

#[tokio::test]
async fn tokens_cannot_be_guessed_unless_a_seed_is_set() {
    let tokens = async |builder: green_api_sandbox::Builder| {
        let sandbox = builder.start().await.unwrap();
        let partner = sandbox.partner_token();
        [sandbox.instance().api_token_instance(), partner]
    };
    let (one, other) = (
        tokens(Sandbox::builder()).await,
        tokens(Sandbox::builder()).await,
    );
    assert!(one[0] != other[0] && one[1] != other[1]);
    let seeded = async || tokens(Sandbox::builder().seed(7)).await;
    assert_eq!(seeded().await, seeded().await);

    // Later tokens are as random, and codes are not.
    let mut later = Vec::new();
    for _ in 0..2 {
        let setup = setup_with(Sandbox::builder()).await;
        let code = setup.code().await;
        later.push((setup.get("updateApiToken").await.text, code));
    }
    assert_ne!(later[0].0, later[1].0);
    assert_eq!(later[0].1, later[1].1);
}

#[tokio::test]
async fn webhooks_leave_the_machine_only_if_they_may() {
    // An address for documentation, where nothing answers.
    let settings = json!({ "webhookUrl": "http://192.0.2.7:9/hook" });
    let setup = setup_with(Sandbox::builder().settings(&settings)).await;
    let instance = setup.sandbox.instance();
    instance.notify(&json!({}));
    instance.wait_for_webhook_deliveries(1).await;
    let reason = "webhookUrl leads to another machine, which is not allowed".to_owned();
    let outcome = &instance.webhook_deliveries()[0].outcome;
    assert_eq!(*outcome, WebhookOutcome::Failed(reason));

    let builder = Sandbox::builder().settings(&settings);
    let setup = setup_with(builder.remote_webhooks(true)).await;
    let instance = setup.sandbox.instance();
    instance.notify(&json!({}));
    // It is on its way until the sandbox gives up, or the network says that there is none.
    let waited = tokio::time::timeout(
        std::time::Duration::from_millis(100),
        instance.wait_for_webhook_deliveries(1),
    );
    if waited.await.is_ok() {
        let outcome = &instance.webhook_deliveries()[0].outcome;
        assert!(!format!("{outcome:?}").contains("not allowed"));
    }
}
