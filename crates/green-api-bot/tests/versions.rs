//! Steps that another version of the program has kept.

mod support;

use std::time::Duration;

use green_api_bot::filter::{at_step, text, text_is};
use green_api_bot::{
    Bot, BoxError, Chat, Dialogue, DialogueState, HandlerResult, Scope, Step, Store,
};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::support::parked;

type Tested = Result<(), BoxError>;

const ALICE: &str = "+44 7700 900145";

#[derive(Deserialize, Serialize)]
enum Old {
    Counting(u8),
}

#[derive(Debug, Deserialize, PartialEq, Serialize)]
enum New {
    Counted { times: u8 },
}

impl DialogueState for Old {
    const NAME: &'static str = "count";
    const SCOPE: Scope = Scope::Chat;
}

impl DialogueState for New {
    const NAME: &'static str = "count";
    const SCOPE: Scope = Scope::Chat;
    const VERSION: u32 = 2;

    fn migrate(_: u32, step: Value) -> Result<Self, BoxError> {
        let Old::Counting(times) = serde_json::from_value(step)?;
        Ok(Self::Counted { times })
    }
}

#[tokio::test]
async fn a_step_of_an_earlier_version_is_migrated() -> Tested {
    async fn count(chat: Chat, step: Option<Step<Old>>, dialogue: Dialogue<Old>) -> HandlerResult {
        let times = step.map_or(0, |Step(Old::Counting(times))| times) + 1;
        dialogue.enter(Old::Counting(times));
        chat.reply(format!("old {times}"))
    }
    async fn count_on(chat: Chat, Step(step): Step<New>, dialogue: Dialogue<New>) -> HandlerResult {
        let New::Counted { times } = step;
        dialogue.enter(New::Counted { times: times + 1 });
        chat.reply(format!("new {}", times + 1))
    }
    async fn back(chat: Chat, dialogue: Dialogue<New>) -> HandlerResult {
        match dialogue.back()? {
            Some(New::Counted { times }) => chat.reply(format!("back at {times}")),
            None => chat.reply("no way back"),
        }
    }
    let old = |store| Bot::new(store).route(text(), count);
    let new = |store| Bot::new(store).route(text(), count_on);
    let back = |store| Bot::new(store).route(text(), back);
    type Start<'a> = &'a dyn Fn(Store) -> Bot;
    let on: [(Start<'_>, &[&str]); 3] = [
        (&old, &["old 1", "old 2"]),
        (&new, &["new 3", "new 4"]),
        (
            &back,
            &["back at 3", "back at 2", "back at 1", "no way back"],
        ),
    ];
    let back_at_once: [(Start<'_>, &[&str]); 3] = [
        (&old, &["old 1", "old 2", "old 3"]),
        (&back, &["back at 2"]),
        (&new, &["new 3"]),
    ];
    for steps in [on, back_at_once] {
        let store = Store::in_memory().await?;
        for (bot, answers) in steps {
            let mut test = bot(store.clone()).test().await?;
            let alice = test.phone(ALICE);
            for answer in answers {
                alice.says("count");
                alice.expect(answer).await;
            }
            test.stop().await?;
        }
    }
    Ok(())
}

/// A version that cannot read what is kept, and says nothing of it.
#[derive(Deserialize, Serialize)]
enum Unmigrated {}

impl DialogueState for Unmigrated {
    const NAME: &'static str = "count";
    const SCOPE: Scope = Scope::Chat;
    const VERSION: u32 = 2;
}

#[tokio::test]
async fn a_step_that_cannot_be_read_is_parked_and_a_better_version_takes_it_up() -> Tested {
    async fn begin(chat: Chat, dialogue: Dialogue<Old>) -> HandlerResult {
        dialogue.enter(Old::Counting(1));
        chat.reply("Sure?")
    }
    async fn sure(chat: Chat) -> HandlerResult {
        chat.reply("Sure.")
    }
    let store = Store::in_memory().await?;
    let mut test = Bot::new(store.clone()).route(text(), begin).test().await?;
    let alice = test.phone(ALICE);
    alice.says("count");
    alice.expect("Sure?").await;
    test.stop().await?;
    let here = || at_step("one", |step: &Unmigrated| match *step {});
    let yes = || text_is("yes");
    for (filter, said, answer) in [
        (here().and(yes()), "yes", None),
        (here().and(yes()), "no", Some("Say count.")),
        (yes().and(!here()), "yes", None),
        (here().or(yes()), "yes", Some("Sure.")),
        (yes().or(here()), "yes", Some("Sure.")),
        (here().or(yes()), "no", None),
    ] {
        let name = filter.name().to_owned();
        let mut test = Bot::new(store.clone())
            .route(filter, sure)
            .fallback(async |chat: Chat| chat.reply("Say count."))
            .test()
            .await?;
        let alice = test.phone(ALICE);
        alice.says(said);
        if let Some(answer) = answer {
            alice.expect(answer).await;
            test.stop().await?;
            continue;
        }
        let parked = parked(&test).await?;
        test.stop().await?;
        let problem =
            format!("the route `{name}` depends on a step: version 1 of it is not migrated to 2");
        let told = (parked.attempts(), parked.problem());
        assert_eq!(told, (1, Some(problem.as_str())));
        let counted = at_step("one", |New::Counted { times }: &New| *times == 1);
        let mut better = Bot::new(store.clone()).route(counted, sure).test().await?;
        store.inbox().replay(parked.key()).await?;
        better.phone(ALICE).expect("Sure.").await;
        better.stop().await?;
    }
    async fn back(dialogue: Dialogue<Unmigrated>) -> HandlerResult {
        dialogue.back().map(drop)
    }
    let test = Bot::new(store).route(text(), back).test().await?;
    test.phone(ALICE).says("back");
    assert_eq!(parked(&test).await?.attempts(), 1);
    Ok(())
}

#[tokio::test]
async fn what_may_not_go_there_ends_no_long_work() -> Tested {
    async fn begin(chat: Chat, dialogue: Dialogue<Old>) -> HandlerResult {
        dialogue.enter(Old::Counting(1));
        chat.reply("Sure?")
    }
    async fn think(chat: Chat) -> HandlerResult {
        tokio::time::sleep(Duration::from_millis(300)).await;
        chat.reply("Sure.")
    }
    let store = Store::in_memory().await?;
    let mut test = Bot::new(store.clone()).route(text(), begin).test().await?;
    let alice = test.phone(ALICE);
    alice.says("count");
    alice.expect("Sure?").await;
    test.stop().await?;
    let here = at_step("one", |step: &Unmigrated| match *step {});
    let test = Bot::new(store)
        .route_latest(text_is("yes").or(here), think)
        .test()
        .await?;
    let alice = test.phone(ALICE);
    alice.says("yes");
    tokio::time::sleep(Duration::from_millis(100)).await;
    alice.says("thanks");
    alice.expect("Sure.").await;
    parked(&test).await?;
    Ok(())
}
