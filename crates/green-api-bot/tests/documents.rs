//! Documents in the store that are the program's own.

use std::time::Duration;

use green_api_bot::filter::{kind, text};
use green_api_bot::{Bot, BoxError, Chat, Context, HandlerResult, Store};
use green_api_mailbox::{DOCUMENT_DUE, DocumentDraft};

type Tested = Result<(), BoxError>;

const ALICE: &str = "+44 7700 900145";

#[tokio::test]
async fn a_document_of_the_program_is_due_at_its_route() -> Tested {
    async fn remind_later(context: Context, chat: Chat) -> HandlerResult {
        let commit = context.commit();
        let time = commit.store().time() + Duration::from_secs(600);
        let draft = DocumentDraft::new("reminder", chat.id().as_str(), &"soup")?;
        commit.set_document(draft.due(time, context.update().instance(), chat.id()))?;
        chat.reply("In ten minutes.")
    }
    async fn remind(chat: Chat) -> HandlerResult {
        chat.reply("Your soup.")
    }
    let test = Bot::new(Store::in_memory().await?)
        .route(text(), remind_later)
        .route(kind(DOCUMENT_DUE), remind)
        .test()
        .await?;
    let alice = test.phone(ALICE);
    let group = test.phone(ALICE).in_group("Neighbours");
    for phone in [&alice, &group] {
        phone.says("soup");
        phone.expect("In ten minutes.").await;
    }
    test.advance(Duration::from_secs(1_200));
    for phone in [&alice, &group] {
        phone.expect("Your soup.").await;
        phone.expect_nothing().await;
    }
    Ok(())
}
