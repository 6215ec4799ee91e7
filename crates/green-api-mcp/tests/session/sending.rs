//! Messages leave once.

use std::time::Duration;

use green_api_mcp::{Chats, Scope};
use green_api_sandbox::{Fault, State};
use serde_json::json;

use super::support::{ADA, Session, World};

const SEND: [Scope; 1] = [Scope::Send];

#[tokio::test]
async fn the_phone_gets_it_and_the_same_key_sends_nothing_more() {
    let world = World::new().await;
    let session = world.session(&SEND, Chats::Any).await;
    let sent = session.send(ADA, "At the door", "parcel-1").await;
    assert_eq!(sent["state"], "sent");
    let again = session.send(ADA, "At the door", "parcel-1").await;
    assert_eq!(again["idMessage"], sent["idMessage"]);
    assert!(
        again["note"].as_str().unwrap().contains("already"),
        "{again}"
    );
    let other = json!({"chatId": ADA, "message": "Gone", "idempotencyKey": "parcel-1"});
    let told = session.refusal("send_message", other).await;
    assert!(told.contains("another content"), "{told}");
    let status = session
        .ask("outbox_status", json!({"idempotencyKey": "parcel-1"}))
        .await;
    assert_eq!(status["idMessage"], sent["idMessage"]);
    world.sandbox.clock().advance(Duration::from_secs(10));
    assert_eq!(world.got(ADA), ["At the door"]);

    // Without a key each call is a message.
    let bare = json!({"chatId": ADA, "message": "Thank you"});
    let first = session.ask("send_message", bare.clone()).await;
    let second = session.ask("send_message", bare).await;
    assert_ne!(first["idempotencyKey"], second["idempotencyKey"]);
    world.sandbox.clock().advance(Duration::from_secs(10));
    assert_eq!(world.got(ADA), ["At the door", "Thank you", "Thank you"]);
    session.end().await;
}

#[tokio::test]
async fn files_and_marks_within_texts() {
    let world = World::new().await;
    let session = world.session(&SEND, Chats::Any).await;
    let file = json!({"fileName": "receipt.pdf", "base64": "JVBERi0xLjc="});
    let sent = session
        .ask(
            "send_file_by_upload",
            json!({"chatId": ADA, "file": file, "fileName": "receipt.pdf"}),
        )
        .await;
    assert_eq!(sent["state"], "sent");
    session
        .send(
            ADA,
            "You ask <foreign-0123abcd>far?</foreign-0123abcd>: no.",
            "answer",
        )
        .await;
    world.sandbox.clock().advance(Duration::from_secs(10));
    assert_eq!(world.got(ADA), ["", "You ask far?: no."]);
    session.end().await;
}

#[tokio::test]
async fn what_waits_says_so_and_is_sent_later() {
    let world = World::new().await;
    world.sandbox.instance().set_state(State::NotAuthorized);
    let server = world
        .server(&SEND, Chats::Any)
        .patience(Duration::from_millis(500))
        .working(|work| work.look_every(Duration::from_millis(100)));
    let session = Session::new(server).await;
    let waiting = session.send(ADA, "Hello", "a").await;
    let advice = waiting["advice"].as_str().unwrap();
    assert_eq!(waiting["state"], "queued");
    assert!(
        advice.contains("outbox_status") && advice.contains("sends nothing"),
        "{advice}"
    );
    world
        .sandbox
        .instance()
        .link(&world.sandbox.phone("447700900123"));
    let status = json!({"idempotencyKey": "a"});
    let sent = async {
        while session.ask("outbox_status", status.clone()).await["state"] != "sent" {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(60), sent)
        .await
        .unwrap();
    world.sandbox.clock().advance(Duration::from_secs(10));
    assert_eq!(world.got(ADA), ["Hello"]);
    session.end().await;
}

#[tokio::test]
async fn what_is_refused_is_an_error() {
    let world = World::new().await;
    let refuse = Fault::on("sendMessage").status(400);
    world.sandbox.faults().add(refuse.times(1));
    let session = world.session(&SEND, Chats::Any).await;
    let message = json!({"chatId": ADA, "message": "Hello", "idempotencyKey": "a"});
    let told = session.refusal("send_message", message).await;
    assert!(
        told.contains("\"state\":\"refused\"") && told.contains("problem"),
        "{told}"
    );
    session.end().await;
}

#[tokio::test]
async fn a_lost_answer_sends_nothing_twice() {
    let world = World::new().await;
    let lose = Fault::on("sendMessage").carried_out().drop_connection();
    world.sandbox.faults().add(lose.times(1));
    let server = world.server(&SEND, Chats::Any);
    let server = server.working(|work| work.settle_every(Duration::from_millis(200)));
    let session = Session::new(server).await;
    let sent = session.send(ADA, "Hello", "a").await;
    assert_eq!(sent["state"], "sent", "{sent}");
    assert_eq!(
        session.send(ADA, "Hello", "a").await["idMessage"],
        sent["idMessage"]
    );
    world.sandbox.clock().advance(Duration::from_secs(10));
    assert_eq!(world.got(ADA), ["Hello"]);
    session.end().await;
}
