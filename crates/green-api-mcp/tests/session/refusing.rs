//! What is not allowed.

use std::time::Duration;

use green_api_mcp::{Chats, Error, Scope, Server};
use serde_json::{Value, json};

use super::support::{ADA, EVE, World, instance_at};

/// How many requests there were, apart from those with which the outbox looks at the instance.
fn requests(world: &World) -> usize {
    let requests = world.sandbox.requests();
    let asked = requests.iter().filter_map(|r| r.operation.as_deref());
    asked
        .filter(|o| !["getStateInstance", "getSettings"].contains(o))
        .count()
}

#[tokio::test]
async fn what_is_outside_the_scopes_is_refused_in_words() {
    let world = World::new().await;
    let reading = world.session(&[Scope::Read], Chats::Any).await;
    let message = json!({"chatId": ADA, "message": "Hello"});
    let told = reading.refusal("send_message", message).await;
    assert!(
        told.contains("--allow send") && told.contains("started with --allow read"),
        "{told}"
    );
    for (tool, flag) in [
        ("logout", "--allow manage"),
        ("qr", "--allow manage"),
        ("clear_webhooks_queue", "--allow manage"),
        ("outbox_status", "--allow send"),
    ] {
        let told = reading.refusal(tool, json!({})).await;
        assert!(told.contains(flag), "{told}");
    }
    let sending = world.session(&[Scope::Send], Chats::Any).await;
    let told = sending.refusal("get_chats", json!({})).await;
    assert!(told.contains("--allow read"), "{told}");
    assert_eq!(requests(&world), 0);
    reading.end().await;
    sending.end().await;
}

#[tokio::test]
async fn what_nobody_is_offered_says_why() {
    let world = World::new().await;
    let all = [Scope::Read, Scope::Send, Scope::Manage];
    let session = world.session(&all, Chats::Any).await;
    for (tool, why) in [
        ("receive_notification", "last_incoming_messages"),
        ("delete_notification", "takes notifications"),
        ("update_api_token", "a token"),
        ("create_instance", "partner"),
        ("get_order_details", "a secret"),
        ("send_link", "deprecated"),
    ] {
        let told = session.refusal(tool, json!({})).await;
        assert!(told.contains(why), "{told}");
    }
    let unknown = session.try_call("send_mesage", json!({})).await;
    let told = unknown.unwrap_err().to_string();
    assert!(told.contains("did you mean send_message"), "{told}");
    assert_eq!(requests(&world), 0);
    session.end().await;
}

#[tokio::test]
async fn chats_that_are_not_on_the_list_are_not_written_to() {
    let world = World::new().await;
    let chats: Chats = ADA.parse().unwrap();
    let scopes = [Scope::Read, Scope::Send, Scope::Manage];
    let session = world.session(&scopes, chats).await;
    let eve = format!("{EVE}@c.us");
    for (tool, arguments) in [
        ("send_message", json!({"chatId": EVE, "message": "Hello"})),
        (
            "send_message",
            json!({"chatId": "+44 7700 900167", "message": "Hello"}),
        ),
        (
            "edit_message",
            json!({"chatId": eve, "idMessage": "3EB0A1F4C87D22E90B51", "message": "Hello"}),
        ),
        (
            "forward_messages",
            json!({"chatId": ADA, "chatIdFrom": EVE, "messages": ["3EB0A1F4C87D22E90B51"]}),
        ),
        (
            "forward_messages",
            json!({"chatId": EVE, "chatIdFrom": ADA, "messages": ["3EB0A1F4C87D22E90B51"]}),
        ),
        (
            "create_group",
            json!({"groupName": "Walks", "chatIds": [ADA, EVE]}),
        ),
        ("send_text_status", json!({"message": "Hello"})),
        (
            "send_text_status",
            json!({"message": "Hello", "participants": [EVE]}),
        ),
        (
            "delete_message",
            json!({"chatId": EVE, "idMessage": "3EB0A1F4C87D22E90B51"}),
        ),
    ] {
        let told = session.refusal(tool, arguments).await;
        assert!(
            told.contains("nothing was done") && told.contains("--chat any"),
            "{tool}: {told}"
        );
    }
    assert_eq!(requests(&world), 0);
    assert_eq!(
        world
            .store
            .outbox()
            .list(None, 9, None)
            .await
            .unwrap()
            .len(),
        0
    );
    // Reading and the chat on the list are free.
    session
        .ask("get_chat_history", json!({"chatId": EVE}))
        .await;
    session.send("+44 7700 900145", "Hello", "a").await;
    world.sandbox.clock().advance(Duration::from_secs(10));
    assert_eq!(world.got(ADA), ["Hello"]);
    session.end().await;
}

#[tokio::test]
async fn arguments_are_checked_before_anything_happens() {
    let world = World::new().await;
    let session = world.session(&[Scope::Read, Scope::Send], Chats::Any).await;
    for (tool, arguments, why) in [
        ("send_message", json!({"chatId": ADA}), "message"),
        (
            "send_message",
            json!({"chatId": ADA, "mesage": "Hello"}),
            "did you mean",
        ),
        (
            "send_message",
            json!({"chatId": ADA, "message": "x".repeat(20_001)}),
            "20000",
        ),
        (
            "send_message",
            json!({"chatId": "nobody", "message": "Hello"}),
            "chatId",
        ),
        (
            "send_message",
            json!({"chatId": ADA, "message": "Hello", "idempotencyKey": 7}),
            "idempotencyKey",
        ),
        (
            "get_chats",
            json!({"idempotencyKey": "a"}),
            "idempotencyKey",
        ),
        (
            "send_message",
            json!({"chatId": ADA, "message": "Hello", "idempotencyKey": ""}),
            "empty",
        ),
        ("outbox_status", json!({}), "idempotencyKey"),
        ("outbox_status", json!({"idempotencyKey": "a"}), "no entry"),
    ] {
        let told = session.refusal(tool, arguments).await;
        assert!(told.contains(why), "{tool}: {told}");
    }
    assert_eq!(requests(&world), 0);
    session.end().await;
}

#[tokio::test]
async fn sending_needs_an_outbox() {
    let world = World::new().await;
    let server = Server::new(instance_at(&world.sandbox.url())).allow([Scope::Send]);
    let served = server.serve(tokio::io::empty(), tokio::io::sink()).await;
    assert!(matches!(served, Err(Error::NoOutbox)), "{served:?}");
}

#[tokio::test]
async fn what_cannot_be_read_is_answered() {
    use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};

    let world = World::new().await;
    let server = world.server(&[Scope::Send], Chats::Any);
    let (ours, theirs) = tokio::io::duplex(1 << 16);
    let (read, write) = tokio::io::split(theirs);
    let served = tokio::spawn(server.serve(read, write));
    let (read, mut write) = tokio::io::split(ours);
    let hello = json!({"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": {
        "protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "test", "version": "1"},
    }});
    let call = |id: u32, text: &str| {
        let name = r#""method":"tools/call","params":{"name":"send_message","arguments":{"chatId":"447700900145","message":"#;
        format!("{{\"jsonrpc\":\"2.0\",\"id\":{id},{name}{text}}}}}}}\n")
    };
    let deep = "[".repeat(500) + &"]".repeat(500);
    let long = format!("\"{}\"", "x".repeat(16 << 20));
    let lines = [
        format!("{hello}\n"),
        call(2, r#""Hello \ud83d""#),
        call(3, &deep),
        call(4, &long),
        // The id comes after what is wrong.
        "{\"method\":\"tools/call\",\"params\":\"\\ud83d\",\"id\":\"5\"}\n".to_owned(),
        "{\"id\":6,\"method\":\n".to_owned(),
        "garbage\n".to_owned(),
        // It is read, and is no message.
        "{\"jsonrpc\":\"2.0\",\"id\":7,\"method\":8}\n".to_owned(),
        // Notifications are not answered.
        "{\"jsonrpc\":\"2.0\",\"method\":8}\n".to_owned(),
        "{\"jsonrpc\":\"2.0\",\"id\":9,\"method\":\"ping\"}\n".to_owned(),
    ];
    let writing = tokio::spawn(async move {
        for line in lines {
            write.write_all(line.as_bytes()).await.unwrap();
        }
        write
    });
    let mut answers = BufReader::new(read).lines();
    let mut answered = Vec::new();
    while answered.last().is_none_or(|(id, _)| *id != json!(9)) {
        let line = answers.next_line().await.unwrap().unwrap();
        let answer: Value = serde_json::from_str(&line).unwrap();
        answered.push((answer["id"].clone(), answer["error"]["code"].clone()));
    }
    let expected = [
        (json!(1), Value::Null),
        (json!(2), json!(-32700)),
        (json!(3), json!(-32700)),
        (json!(4), json!(-32700)),
        (json!("5"), json!(-32700)),
        (json!(6), json!(-32700)),
        (Value::Null, json!(-32700)),
        (json!(7), json!(-32600)),
        (json!(9), Value::Null),
    ];
    assert_eq!(answered, expected);
    assert_eq!(requests(&world), 0);
    drop((writing.await.unwrap(), answers));
    served.await.unwrap().unwrap();
}

#[tokio::test]
async fn what_is_no_message_of_the_protocol_ends_nothing() {
    use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};

    let world = World::new().await;
    let server = world.server(&[Scope::Read], Chats::default());
    let (ours, theirs) = tokio::io::duplex(1 << 16);
    let (read, write) = tokio::io::split(theirs);
    let served = tokio::spawn(server.serve(read, write));
    let (read, mut write) = tokio::io::split(ours);
    let hello = json!({"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": {
        "protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "test", "version": "1"},
    }});
    let ready = json!({"jsonrpc": "2.0", "method": "notifications/initialized"});
    let call = json!({"jsonrpc": "2.0", "id": 2, "method": "tools/call", "params": {"name": "get_chats", "arguments": {}}});
    let lines = format!(
        "garbage\n\n{{\"jsonrpc\":\n[1, 2\n{hello}\n{ready}\n\u{0}\u{1}\nnull\n{}\n{{}}\n{call}\n",
        "[".repeat(10_000)
    );
    write.write_all(lines.as_bytes()).await.unwrap();
    let mut answers = BufReader::new(read).lines();
    let mut answered = Vec::new();
    while !answered.contains(&json!(2)) {
        let line = answers.next_line().await.unwrap().unwrap();
        let answer: Value = serde_json::from_str(&line).unwrap();
        answered.push(answer["id"].clone());
    }
    write.shutdown().await.unwrap();
    drop((write, answers));
    served.await.unwrap().unwrap();
}
