//! The list of endpoints, which people read in two places.

use super::endpoints;
use crate::Sandbox;

#[tokio::test]
async fn the_index_is_served_and_everything_in_it_exists() {
    let sandbox = Sandbox::start().await.unwrap();
    let http = reqwest::Client::new();
    let index = reqwest::get(format!("{}/sandbox/", sandbox.url())).await;
    let index = index.unwrap().text().await.unwrap();
    for endpoint in endpoints() {
        assert!(
            index.contains(&format!(r#""path":"{}""#, endpoint.path)),
            "{}",
            endpoint.path
        );
        let path = endpoint
            .path
            .replace("{number}", "447700900123")
            .replace("{idInstance}", "1101000001")
            .replace("{chatId}", "447700900145@c.us");
        let request = http.request(
            endpoint.method.parse().unwrap(),
            format!("{}{path}", sandbox.url()),
        );
        let request = match endpoint.body {
            Some(body) => request
                .header("content-type", "application/json")
                .body(body),
            None => request,
        };
        let answer = request.send().await.unwrap();
        // The example of type-code types a code that nobody has asked for, and that of a shop orders what nobody sells.
        let expected = if endpoint.path.ends_with("type-code") {
            answer.status() == 409
        } else if endpoint.path.ends_with("shop") && endpoint.body.is_some() {
            answer.status() == 404
        } else {
            answer.status().is_success()
        };
        assert!(expected, "{} {path}: {}", endpoint.method, answer.status());
    }
}

#[test]
fn the_readme_has_all_of_them() {
    let readme = include_str!("../../README.md");
    let missing: Vec<_> = endpoints()
        .iter()
        .map(|endpoint| format!("`{} {}`", endpoint.method, endpoint.path))
        .filter(|endpoint| !readme.contains(endpoint))
        .collect();
    assert!(missing.is_empty(), "README.md does not know {missing:?}");
}
