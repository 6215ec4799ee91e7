//! What goes wrong while people talk to a bot, and time that goes by.

use std::time::Duration;

use green_api_bot::testing::Harness;
use green_api_bot::{Bot, BoxError};
use green_api_sandbox::Fault;

pub(crate) type Tested = Result<(), BoxError>;

pub(crate) const ALICE: &str = "+44 7700 900145";
pub(crate) const BOB: &str = "+44 7700 900146";

/// Starts a bot whose server fails now and then: it refuses to send, or sends and loses the answer, and queues notifications twice.
pub(crate) async fn troubled(bot: Bot) -> Result<Harness, BoxError> {
    let test = bot.test().await?;
    let sandbox = test.sandbox();
    // The journal counts as proof five minutes after it was first seen to be on, and the state is asked for after that.
    let is_looked_at = || {
        let requests = sandbox.requests();
        let mut operations = requests.iter().map(|one| one.operation.as_deref());
        operations.any(|one| one == Some("getStateInstance"))
    };
    while !is_looked_at() {
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    test.advance(Duration::from_secs(6 * 60));
    sandbox
        .faults()
        .add(
            Fault::on_notification("incomingMessageReceived")
                .one_in(3)
                .duplicate(),
        )
        .add(Fault::on("sendMessage").one_in(5).status(500))
        .add(
            Fault::on("sendMessage")
                .one_in(5)
                .carried_out()
                .drop_connection(),
        )
        .add(
            Fault::on("deleteNotification")
                .one_in(5)
                .times(2)
                .status(500),
        );
    Ok(test)
}

/// Lets time go by whenever a message is in doubt, which takes minutes to be known, while people talk; not more of it than the bot uses to look,
/// however slow the machine is, since people's dialogues time out.
pub(crate) async fn in_time<T>(test: &Harness, talk: impl Future<Output = T>) -> T {
    let time = async {
        loop {
            let stats = test.store().outbox().stats().await;
            if stats.is_ok_and(|stats| stats.doubtful > 0) {
                let looks = looks(test);
                test.advance(Duration::from_secs(30));
                looked_again(test, looks).await;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::select! {
        talked = talk => talked,
        never = time => never,
    }
}

/// Waits until the bot has looked for something, or had a second for it.
async fn looked_again(test: &Harness, before: u64) {
    for _ in 0..100 {
        if looks(test) > before {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

fn looks(test: &Harness) -> u64 {
    let answered = test.sandbox().answered();
    let journals = answered.iter();
    let journals = journals.filter(|((operation, _), _)| operation == "getChatHistory");
    journals.map(|(_, count)| count).sum()
}
