//! The guide's example that settles a send in doubt, word for word, against the sandbox: the message is sent once, whether the request was
//! carried out or not. Who does not wait, or has the setting off, sends it twice.

use std::time::{Duration, SystemTime};

use green_api::{ChatId, Doubt, Error, Instance, RetryPolicy, Settled};
use green_api_sandbox::{Fault, Sandbox};
use green_api_tests::clocks::fly_along;
use green_api_tests::{TOKEN, instance_at};
use serde_json::json;

mod guide {
    include!(concat!(env!("OUT_DIR"), "/guide_send_once.rs"));
}

const PHONE: &str = "447700900123";
const FRIEND: &str = "447700900145";
const TEXT: &str = "Order 4711 is on its way";

/// A sandbox whose journals are as late as they are by default.
struct World {
    sandbox: Sandbox,
    instance: Instance,
    chat: ChatId,
}

impl World {
    /// `journaled`: whether the journal has what the API sends.
    async fn new(journaled: bool, fault: Fault) -> Self {
        let builder = Sandbox::builder().instance(7_103_000_001, TOKEN);
        let sandbox = builder.restart_time(Duration::ZERO).start().await.unwrap();
        let url = sandbox.url();
        let instance = instance_at(&url, &url, TOKEN, RetryPolicy::never());
        switch(&sandbox, &instance, journaled).await;
        sandbox.instance().link(&sandbox.phone(PHONE));
        sandbox.faults().add(fault.times(1));
        let chat = FRIEND.parse().unwrap();
        Self {
            sandbox,
            instance,
            chat,
        }
    }

    /// How many messages have come at the other side.
    async fn arrived(&self) -> usize {
        fly_along(tokio::time::sleep(Duration::from_secs(5))).await;
        self.sandbox.phone(FRIEND).messages(PHONE).len()
    }

    /// As a program does it that started at this time.
    async fn send_once(&self, started: SystemTime) -> Result<(), Box<dyn std::error::Error>> {
        fly_along(guide::send_once(&self.instance, started, &self.chat, TEXT)).await
    }
}

async fn switch(sandbox: &Sandbox, instance: &Instance, journaled: bool) {
    let settings = instance.set_settings();
    let settings = settings.outgoing_api_message_webhook(journaled);
    settings.await.unwrap();
    pass(sandbox);
}

/// Goes on to the next second: no method is called twice in one.
fn pass(sandbox: &Sandbox) {
    sandbox.clock().advance(Duration::from_secs(2));
}

/// The ways in which an answer is lost.
fn lost() -> [fn(Fault) -> Fault; 4] {
    [
        Fault::drop_connection,
        Fault::reset_connection,
        |fault| fault.status(502).html(),
        Fault::no_answer,
    ]
}

fn on_send() -> Fault {
    Fault::on("sendMessage")
}

#[tokio::test]
async fn the_example_of_the_guide_sends_once_whether_or_not_it_was_carried_out() {
    for lose in lost() {
        for (fault, journaled) in [
            (on_send().carried_out(), true),
            (on_send(), true),
            (on_send(), false),
        ] {
            let fault = lose(fault);
            let world = World::new(journaled, fault.clone()).await;
            let started = fly_along(guide::keep_journal(&world.instance)).await;
            pass(&world.sandbox);
            world.send_once(started.unwrap()).await.unwrap();
            assert_eq!(world.arrived().await, 1, "{fault:?}");
        }
    }
}

#[tokio::test]
async fn a_setting_that_is_switched_after_the_send_proves_nothing() {
    for (at_first, fault, sent) in [
        (false, on_send().carried_out(), 1),
        (false, on_send(), 0),
        (true, on_send().carried_out(), 1),
        (true, on_send(), 0),
    ] {
        let world = World::new(at_first, fault.drop_connection()).await;
        let request = world.instance.send_message(&world.chat, TEXT);
        let since = SystemTime::now();
        request.clone().await.unwrap_err();
        switch(&world.sandbox, &world.instance, !at_first).await;
        let settle = world.instance.settle(&request, since).known([]).wait();
        // The time when it was switched, as somebody gives it who follows the advice.
        for settle in [
            settle.clone(),
            settle.clone().journaled_since(SystemTime::now()),
        ] {
            let settled = fly_along(settle.into_future()).await.unwrap();
            pass(&world.sandbox);
            let never_in_doubt = at_first && sent == 1;
            match settled {
                Settled::Sent(_) => assert!(never_in_doubt),
                Settled::Unknown { reason, .. } => assert!(
                    matches!(
                        (at_first, &reason),
                        (true, Doubt::SettingOff(_)) | (false, Doubt::SettingUnproven(_))
                    ),
                    "{reason:?}"
                ),
                Settled::NotSent => panic!("nothing says that it was not sent"),
            }
        }
        assert_eq!(world.arrived().await, sent);
    }
}

#[tokio::test]
async fn with_the_setting_off_the_example_asks_a_person() {
    for (fault, sent) in [(on_send().carried_out(), 1), (on_send(), 0)] {
        let world = World::new(false, fault.drop_connection()).await;
        let error = world.send_once(SystemTime::now()).await;
        let error = error.unwrap_err().to_string();
        assert!(error.contains("outgoingAPIMessageWebhook"), "{error}");
        assert_eq!(world.arrived().await, sent);
    }
}

/// Sends, and looks into the journal some time after a failure: what is not there is sent again.
async fn by_hand(world: &World, wait: Duration) -> Result<(), Error> {
    let send = || world.instance.send_message(&world.chat, TEXT);
    if send().await.is_ok() {
        return Ok(());
    }
    tokio::time::sleep(wait).await;
    let chat = json!({ "chatId": world.chat });
    let history = world.instance.call("getChatHistory", chat).await?;
    if !history.raw().to_string().contains(TEXT) {
        send().await?;
    }
    Ok(())
}

#[tokio::test]
async fn a_program_that_does_not_wait_or_has_the_setting_off_sends_twice() {
    let two_minutes = Duration::from_secs(120);
    for (journaled, wait, sent) in [
        (true, two_minutes, 1),
        (true, Duration::ZERO, 2),
        (false, two_minutes, 2),
    ] {
        let world = World::new(journaled, on_send().carried_out().drop_connection()).await;
        fly_along(by_hand(&world, wait)).await.unwrap();
        assert_eq!(world.arrived().await, sent, "{journaled} {wait:?}");
    }
}
