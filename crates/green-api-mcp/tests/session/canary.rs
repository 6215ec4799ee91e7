//! No output has the token or a secret of the settings.

use std::time::Duration;

use green_api_mailbox::Store;
use green_api_mcp::{Chats, Scope, Server};
use green_api_tests::leaks::Canary;
use green_api_tests::spec::bundle;
use httpmock::MockServer;
use serde_json::{Value, json};

use super::support::{Session, TOKEN, World, instance_at};

const ALL: [Scope; 3] = [Scope::Read, Scope::Send, Scope::Manage];

/// Calls every tool at a server that answers like this, and returns everything that came out.
async fn everything(status: u16, body: &str) -> (String, usize) {
    let server = MockServer::start_async().await;
    server.mock(|when, then| {
        when.any_request();
        then.status(status)
            .header("content-type", "application/json")
            .body(body);
    });
    let store = Store::in_memory().await.unwrap();
    let mcp = Server::new(instance_at(&server.base_url()))
        .allow(ALL)
        .chats(Chats::Any)
        .outbox(store.outbox())
        .patience(Duration::from_millis(100));
    let session = Session::new(mcp).await;
    let (mut all, mut calls) = (String::new(), 0);
    let tools = session.tools().await;
    for operation in bundle().operations() {
        let title = Some(operation.id);
        let Some(tool) = tools.iter().find(|tool| tool.title.as_deref() == title) else {
            continue;
        };
        let arguments = operation.pairs().unwrap().swap_remove(0).arguments;
        let result = session.call(&tool.name, Value::Object(arguments)).await;
        all += &serde_json::to_string(&result).unwrap();
        calls += 1;
    }
    session.end().await;
    (all, calls)
}

#[tokio::test]
async fn whatever_the_server_answers() {
    let canary = Canary::new(TOKEN);
    let path = format!("/waInstance7103000001/getSettings/{TOKEN}");
    let echoes = json!({"path": path, "message": path, "data": [[TOKEN]], TOKEN: TOKEN});
    for (status, body) in [
        (200, echoes.to_string()),
        (200, json!(path).to_string()),
        (200, path.clone()),
        (400, echoes.to_string()),
        (400, path.clone()),
        (401, TOKEN.to_owned()),
        (
            466,
            json!({"invokeStatus": {"description": path}}).to_string(),
        ),
        (500, path.clone()),
    ] {
        let (all, calls) = everything(status, &body).await;
        assert!(calls > 60, "{calls}");
        assert_eq!(canary.found_in(&all), None, "HTTP {status}");
    }
}

#[tokio::test]
async fn the_settings_have_no_secret() {
    let secret = "f00dcafe5ec4e7f00dcafe5ec4e7";
    let world = World::new().await;
    let session = world.session(&ALL, Chats::Any).await;
    let settings = json!({
        "webhookUrl": format!("http://user:{secret}@127.0.0.1:9/{secret}?key={secret}"),
        "webhookUrlToken": secret,
    });
    let set = session.call("set_settings", settings).await;
    world.sandbox.clock().advance(Duration::from_secs(600));
    let shown = session.ask("get_settings", json!({})).await;
    let all = format!("{} {shown}", serde_json::to_string(&set).unwrap());
    assert_eq!(Canary::new(secret).found_in(&all), None);
    assert_eq!(shown["answer"]["webhookUrlToken"], "[hidden]");
    assert_eq!(shown["answer"]["webhookUrl"], "http://127.0.0.1:9/[hidden]");
    session.end().await;
}
