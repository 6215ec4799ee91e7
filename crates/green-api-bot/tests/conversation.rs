//! A bot and the phones that talk to it.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use green_api::Received;
use green_api_bot::extract::{Args, Button, Captures, Data, File, Sender, Text, Vote};
use green_api_bot::filter::{self, command, commands, pressed, regex, text};
use green_api_bot::middleware::{Language, allow_only, languages, rate};
use green_api_bot::{
    Bot, BoxError, Chat, Context, Dialogue, DialogueState, HandlerResult, Router, Step, Store,
};
use green_api_mailbox::DocumentDraft;
use green_api_sandbox::Content;
use serde::{Deserialize, Serialize};
use serde_json::json;

type Tested = Result<(), BoxError>;

const ALICE: &str = "+44 7700 900145";
const BOB: &str = "+44 7700 900146";

async fn bot() -> Result<Bot, BoxError> {
    Ok(Bot::new(Store::in_memory().await?))
}

#[derive(Deserialize, Serialize)]
enum SignUp {
    Name,
    Town { name: String },
    Sure { name: String, town: String },
}

impl DialogueState for SignUp {
    const NAME: &'static str = "sign-up";
    const TIMEOUT: Option<Duration> = Some(Duration::from_secs(600));
}

async fn begin(chat: Chat, dialogue: Dialogue<SignUp>) -> HandlerResult {
    dialogue.enter(SignUp::Name);
    chat.reply("What is your name?")
}

async fn sign_up(
    chat: Chat,
    Text(text): Text,
    Step(step): Step<SignUp>,
    dialogue: Dialogue<SignUp>,
) -> HandlerResult {
    match step {
        _ if text == "back" => {
            dialogue.back()?;
            chat.reply("One step back.")
        }
        SignUp::Name => {
            dialogue.enter(SignUp::Town { name: text });
            chat.reply("Where do you live?")
        }
        SignUp::Town { name } => {
            dialogue.enter(SignUp::Sure {
                name: name.clone(),
                town: text.clone(),
            });
            chat.ask_buttons(format!("{name} of {text}?"), ["Yes", "No"])
        }
        SignUp::Sure { .. } => chat.reply("Press a button."),
    }
}

async fn sure(
    chat: Chat,
    button: Button,
    Step(step): Step<SignUp>,
    dialogue: Dialogue<SignUp>,
) -> HandlerResult {
    let SignUp::Sure { name, town } = step else {
        return chat.reply("Too early.");
    };
    dialogue.leave();
    chat.reply(format!("{}: {name} of {town}", button.text))
}

fn signing_up(bot: Bot) -> Bot {
    bot.route(command("start"), begin)
        .route(pressed("Yes").or(pressed("No")), sure)
        .route(filter::in_dialogue::<SignUp>().and(text()), sign_up)
        .route(filter::timed_out::<SignUp>(), async |chat: Chat| {
            chat.reply("I forget what you said.")
        })
        .fallback(async |chat: Chat| chat.reply("Say /start."))
}

#[tokio::test]
async fn a_dialogue_goes_step_by_step_for_each_person() -> Tested {
    let test = signing_up(bot().await?).test().await?;
    let (alice, bob) = (test.phone(ALICE), test.phone(BOB));
    alice.says("hello");
    alice.expect("Say /start.").await;
    alice.says("/start");
    bob.says("/START now");
    alice.expect("your name").await;
    bob.expect("your name").await;
    alice.says("Alice");
    alice.expect("Where").await;
    alice.says("Leeds");
    alice.expect("Alice of Leeds?").await;
    bob.says("Bob");
    bob.expect("Where").await;
    bob.says("back");
    bob.expect("One step back.").await;
    bob.says("Robert");
    bob.expect("Where").await;
    bob.says("York");
    bob.expect("Robert of York?").await;
    alice.presses("Yes");
    alice.expect("Yes: Alice of Leeds").await;
    bob.presses("No");
    bob.expect("No: Robert of York").await;
    alice.says("hello");
    alice.expect("Say /start.").await;
    alice.expect_nothing().await;
    bob.expect_nothing().await;
    Ok(())
}

#[tokio::test]
async fn its_time_ends_once_and_not_for_whoever_goes_on() -> Tested {
    let test = signing_up(bot().await?).test().await?;
    let (alice, bob) = (test.phone(ALICE), test.phone(BOB));
    for phone in [&alice, &bob] {
        phone.says("/start");
        phone.expect("your name").await;
    }
    test.advance(Duration::from_secs(400));
    bob.says("Bob");
    bob.expect("Where").await;
    test.advance(Duration::from_secs(400));
    alice.expect("I forget").await;
    alice.says("Alice");
    alice.expect("Say /start.").await;
    bob.says("York");
    bob.expect("Bob of York?").await;
    test.advance(Duration::from_secs(3_600));
    bob.expect("I forget").await;
    alice.expect_nothing().await;
    bob.expect_nothing().await;
    Ok(())
}

#[tokio::test]
async fn a_kill_in_the_middle_loses_and_doubles_nothing() -> Tested {
    let mut test = signing_up(bot().await?).test().await?;
    let phones: Vec<_> = (0..5)
        .map(|n| test.phone(&format!("+44 7700 90015{n}")))
        .collect();
    for phone in &phones {
        phone.says("/start");
    }
    test.kill().await;
    test.restart();
    for phone in &phones {
        phone.expect("your name").await;
        phone.says("Nobody");
    }
    test.kill().await;
    for phone in &phones {
        phone.says("Nowhere");
    }
    test.restart();
    for phone in &phones {
        phone.expect("Where").await;
        phone.expect("Nobody of Nowhere?").await;
        phone.presses("Yes");
    }
    test.kill().await;
    test.restart();
    for phone in &phones {
        phone.expect("Yes: Nobody of Nowhere").await;
        phone.expect_nothing().await;
    }
    Ok(())
}

#[derive(Deserialize)]
struct Order {
    number: u32,
    dish: String,
}

#[tokio::test]
async fn commands_have_arguments_prefixes_and_names() -> Tested {
    async fn order(chat: Chat, Args(order): Args<Order>) -> HandlerResult {
        chat.reply(format!("{} × {}", order.number, order.dish))
    }
    let test = bot()
        .await?
        .prefixes(["/", "!"])
        .route(command("order").usage("/order NUMBER DISH"), order)
        .route(
            command("rate"),
            async |chat: Chat, Args(stars): Args<u8>| chat.reply(format!("{stars} stars")),
        )
        .route(commands(["help", "ayuda"]), async |chat: Chat| {
            chat.reply_quoting("Help!")
        })
        .route(
            regex(r"table for (?<people>\d+)"),
            async |chat: Chat, captures: Captures| {
                chat.reply(format!("for {}", captures.name("people").unwrap_or("?")))
            },
        )
        .fallback(async |chat: Chat| chat.reply("What?"))
        .test()
        .await?;
    let alice = test.phone(ALICE);
    for (said, answer) in [
        ("/order 2 onion soup", "2 × onion soup"),
        ("/order two soups", "/order NUMBER DISH"),
        ("!rate 5", "5 stars"),
        ("/rate five", "What?"),
        ("/ayuda", "Help!"),
        ("a table for 4, please", "for 4"),
        ("/helpless", "What?"),
    ] {
        let id = alice.says(said);
        let message = alice.expect(answer).await;
        if answer == "Help!" {
            assert_eq!(message.quoted_message_id, Some(id));
        }
    }
    alice.expect_nothing().await;
    Ok(())
}

#[tokio::test]
async fn an_empty_prefix_leaves_texts_to_their_routes() -> Tested {
    let test = bot()
        .await?
        .prefixes(["", "/"])
        .route(command("help"), async |chat: Chat| chat.reply("Help!"))
        .route(text(), async |chat: Chat| chat.reply("A text."))
        .fallback(async |chat: Chat| chat.reply("What?"))
        .test()
        .await?;
    let alice = test.phone(ALICE);
    for (said, answer) in [
        ("help", "Help!"),
        ("/help", "Help!"),
        ("hello", "A text."),
        ("/hello", "What?"),
    ] {
        alice.says(said);
        alice.expect(answer).await;
    }
    Ok(())
}

#[tokio::test]
async fn files_votes_reactions_and_groups_have_routes() -> Tested {
    let test = bot()
        .await?
        .data(String::from("shared"))
        .route(
            filter::file_of("image/"),
            async |chat: Chat, file: File, data: Data<String>| {
                let folder = tempfile::tempdir()?;
                let path = folder.path().join("picture");
                file.save_to(&path)?.await?;
                let bytes = tokio::fs::read(&path).await?;
                chat.reply(format!("{} bytes, {}", bytes.len(), *data))
            },
        )
        .route(command("poll"), async |chat: Chat| {
            chat.ask_poll("Which?", ["Red", "Blue"])
        })
        .route(filter::vote(), async |chat: Chat, vote: Vote| {
            chat.reply(vote.options.join(" and "))
        })
        .route(filter::reacted("👍"), async |chat: Chat| {
            chat.reply("Thanks")
        })
        .route(
            filter::group().and(text()),
            async |chat: Chat, sender: Sender| {
                chat.reply(format!("{} in a group", sender.id.as_str()))
            },
        )
        .test()
        .await?;
    let alice = test.phone(ALICE);
    alice.sends_file("cat.png", "12345");
    alice.expect("5 bytes, shared").await;
    alice.says("/poll");
    alice.expect("Which?").await;
    alice.votes(["Blue"]);
    alice.expect("Blue").await;
    alice.reacts("👍");
    alice.expect("Thanks").await;
    alice.says("nobody has a route for this");
    alice.expect_nothing().await;
    let group = test.phone(BOB).in_group("Neighbours");
    group.says("hello all");
    group.expect("447700900146@c.us in a group").await;
    Ok(())
}

#[tokio::test]
async fn middleware_lets_some_through_and_knows_languages() -> Tested {
    async fn hello(chat: Chat, language: Language) -> HandlerResult {
        chat.reply(match language.code() {
            "es" => "¡Hola!",
            _ => "Hello!",
        })
    }
    let router = Router::new()
        .route(command("hello"), hello)
        .route(command("es"), async |chat: Chat, language: Language| {
            language.choose("es")?;
            chat.reply("Bien.")
        })
        .layer(languages(["en", "es"]))
        .layer(rate(4, Duration::from_secs(3_600)))
        .layer(allow_only([ALICE.parse()?]));
    let test = bot().await?.routes(router).test().await?;
    let (alice, bob) = (test.phone(ALICE), test.phone(BOB));
    for (said, answer) in [("/hello", "Hello!"), ("/es", "Bien."), ("/hello", "¡Hola!")] {
        alice.says(said);
        bob.says(said);
        alice.expect(answer).await;
    }
    for _ in 0..3 {
        alice.says("/hello");
    }
    alice.expect("¡Hola!").await;
    alice.expect_nothing().await;
    bob.expect_nothing().await;
    Ok(())
}

#[tokio::test]
async fn a_message_counts_once_however_often_it_is_tried() -> Tested {
    async fn second_time(chat: Chat, received: Received) -> HandlerResult {
        match received.attempt() {
            1 => Err("not yet".into()),
            _ => chat.reply("Now."),
        }
    }
    async fn conflict(context: Context, chat: Chat, run: Data<AtomicU32>) -> HandlerResult {
        let run = run.fetch_add(1, Ordering::Relaxed);
        if run == 1 {
            // Nobody has written this revision.
            let draft = DocumentDraft::new("name", "key", &run)?.revision(Some(7));
            context.commit().set_document(draft)?;
        }
        let attempt = context.update().received().attempt();
        chat.reply(format!("Run {run}, attempt {attempt}"))
    }
    let test = bot()
        .await?
        .route(command("fail"), second_time)
        .route(command("conflict"), conflict)
        .data(AtomicU32::new(1))
        .layer(rate(1, Duration::from_secs(60)))
        .backoff(Duration::from_millis(1), Duration::from_millis(1))
        .test()
        .await?;
    let (alice, bob) = (test.phone(ALICE), test.phone(BOB));
    alice.says("/fail");
    alice.expect("Now.").await;
    alice.says("/fail");
    bob.says("/conflict");
    bob.expect("Run 2, attempt 1").await;
    bob.says("/conflict");
    alice.expect_nothing().await;
    bob.expect_nothing().await;
    Ok(())
}

#[tokio::test]
async fn an_edit_or_a_deletion_is_handled_by_its_own_route_alone() -> Tested {
    let edit = |message: &str, text: &str| Content::Edit {
        message: message.to_owned(),
        text: text.to_owned(),
    };
    let bots = [
        signing_up(bot().await?),
        bot()
            .await?
            .route(filter::private(), async |chat: Chat| chat.reply("A line.")),
        bot()
            .await?
            .route(regex("."), async |chat: Chat| chat.reply("A text.")),
        bot()
            .await?
            .route(filter::in_dialogue::<SignUp>(), sign_up)
            .route(filter::message(), begin),
    ];
    for (bot, answer) in bots.into_iter().zip(["Say", "A line", "A text", "What is"]) {
        let test = bot.test().await?;
        let alice = test.phone(ALICE);
        let id = alice.says("hello");
        alice.expect(answer).await;
        alice.sends(edit(&id, "/start"));
        alice.sends(Content::Delete { message: id });
        alice.expect_nothing().await;
    }
    let test = bot()
        .await?
        .route(
            filter::edited(),
            async |chat: Chat, Text(text): Text, update: Context| {
                assert_eq!(update.update().text(), None);
                chat.reply(format!("Now {text}."))
            },
        )
        .route(filter::deleted(), async |chat: Chat| chat.reply("Gone."))
        .test()
        .await?;
    let alice = test.phone(ALICE);
    let id = alice.says("soup");
    alice.sends(edit(&id, "cake"));
    alice.expect("Now cake.").await;
    let caption = json!({"typeMessage": "editedMessage", "editedMessageData": {"caption": "pie", "stanzaId": id}});
    let edited = green_api::testing::text("").id_message("3EB0");
    let edited = edited.set("/messageData", caption).into_json();
    test.sandbox().instance().notify(&edited);
    alice.expect("Now pie.").await;
    alice.sends(Content::Delete { message: id });
    alice.expect("Gone.").await;
    alice.expect_nothing().await;
    Ok(())
}
