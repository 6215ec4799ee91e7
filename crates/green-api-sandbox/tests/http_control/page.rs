//! The page in a browser, and pages of other places.

use reqwest::Method;
use reqwest::header::{CONTENT_TYPE, HOST, ORIGIN};
use serde_json::json;

use crate::common::setup;

#[tokio::test]
async fn web_pages_of_other_places_are_kept_out() {
    let setup = setup().await;
    let unlink = || {
        setup
            .control(Method::POST, "phones/447700900123/unlink")
            .json(&json!({}))
    };
    let own = setup.sandbox.url();
    let own_host = own.trim_start_matches("http://");
    let port = own_host.rsplit_once(':').unwrap().1;
    for (refused, name) in [
        (
            setup
                .control(Method::GET, "state")
                .header(HOST, "evil.example"),
            "another name that points here, reading",
        ),
        (
            unlink().header(HOST, format!("evil.example:{port}")),
            "another name that points here, acting",
        ),
        (
            unlink().header(ORIGIN, "http://evil.example"),
            "another origin",
        ),
        (
            unlink().header(ORIGIN, "null"),
            "an origin that is kept secret",
        ),
        (
            unlink().header(ORIGIN, format!("http://localhost:{port}")),
            "another name of this machine",
        ),
        (
            unlink().header("sec-fetch-site", "cross-site"),
            "another site",
        ),
        (
            unlink().header("sec-fetch-site", "same-site"),
            "another port of this machine",
        ),
        (
            setup
                .control(Method::DELETE, "faults")
                .header(ORIGIN, "http://evil.example"),
            "another origin, deleting",
        ),
    ] {
        let answer = setup.send(refused).await;
        assert_eq!(
            (answer.status, answer.json()["error"].as_str()),
            (403, Some("forbidden")),
            "{name}"
        );
    }
    // What a form can send, from anywhere and without being asked.
    for form in [
        "application/x-www-form-urlencoded",
        "text/plain",
        "multipart/form-data",
    ] {
        let form = setup
            .control(Method::POST, "phones/447700900123/unlink")
            .header(CONTENT_TYPE, form)
            .body("{}");
        assert_eq!(setup.send(form).await.status, 415);
    }
    let own_page = unlink()
        .header(ORIGIN, &own)
        .header("sec-fetch-site", "same-origin");
    assert_eq!(setup.send(own_page).await.status, 204);
    let by_name = unlink().header(HOST, format!("localhost:{port}"));
    assert_eq!(setup.send(by_name).await.status, 204);
    let answer = setup
        .control(Method::GET, "state")
        .header(ORIGIN, "http://evil.example")
        .send()
        .await
        .unwrap();
    assert!(!answer.headers().contains_key("access-control-allow-origin"));
}

#[tokio::test]
async fn the_page_runs_its_own_script_and_no_other() {
    let setup = setup().await;
    let page = reqwest::get(setup.sandbox.url()).await.unwrap();
    let policy = page.headers()["content-security-policy"]
        .to_str()
        .unwrap()
        .to_owned();
    assert_eq!(page.headers()[CONTENT_TYPE], "text/html; charset=utf-8");
    for rule in [
        "default-src 'none'",
        "script-src 'sha256-",
        "style-src 'sha256-",
        "connect-src 'self'",
        "frame-ancestors 'none'",
    ] {
        assert!(policy.contains(rule), "{policy}");
    }
    assert!(!policy.contains("unsafe"), "{policy}");
    let html = page.text().await.unwrap();
    assert!(
        html.contains("<h2 id=\"chats-title\"")
            && !html.contains(&setup.sandbox.instance().api_token_instance())
    );
    assert_eq!(
        setup.sandbox.requests(),
        [],
        "what is done with the page and the control is no call of the API"
    );
}
