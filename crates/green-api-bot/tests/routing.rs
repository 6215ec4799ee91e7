//! Which route has what, and what is said when a handler cannot have it.

mod support;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use green_api::{ChatId, Client, Credentials, Received, testing};
use green_api_bot::extract::{Args, Data, Extension, Extract as _, File};
use green_api_bot::filter::{
    any, command, file, from, group, in_dialogue, message, private, regex, status, text,
};
use green_api_bot::middleware::{Next, from_fn, rate};
use green_api_bot::{
    Bot, BoxError, Chat, Context, Dialogue, DialogueState, Error, HandlerResult, Router, Step,
    Store,
};
use serde::{Deserialize, Serialize};
use tower::ServiceBuilder;

use crate::support::parked;

type Tested = Result<(), BoxError>;

const ALICE: &str = "+44 7700 900145";

async fn nothing() {}

fn routes() -> Router {
    Router::new()
        .route(command("help").and(private()), nothing)
        .route(!group().and(file()), nothing)
        .nest(
            group(),
            Router::new()
                .route(text(), nothing)
                .fallback(async |chat: Chat| chat.reply("?")),
        )
}

async fn explained(received: &Received) -> Result<String, BoxError> {
    let bot = Bot::new(Store::in_memory().await?).routes(routes());
    Ok(bot.explain(received).await?.to_string())
}

#[tokio::test]
async fn an_explanation_has_each_route_up_to_the_one_that_fits() -> Tested {
    let group = "120363000000000001@g.us".parse()?;
    let said = testing::text("/help secret").chat(&group).build();
    assert_eq!(
        explained(&said).await?,
        "a message of the kind textMessage goes to the route `not (group and file) and message`\n\
         1. command /help and private chat: does not fit\n   \
            command /help: fits\n   \
            private chat: does not fit\n\
         2. not (group and file) and message: fits\n   \
            not (group and file): fits\n     \
              group and file: does not fit\n       \
                group: fits\n       \
                file: does not fit\n   \
            message: fits\n"
    );
    let alice = "447700900145@c.us".parse()?;
    let said = testing::text("/help secret").chat(&alice).build();
    let bot = Bot::new(Store::in_memory().await?).routes(routes());
    let explanation = bot.explain(&said).await?;
    assert_eq!(explanation.route(), Some("command /help and private chat"));
    assert!(!explanation.to_string().contains("secret"), "{explanation}");
    Ok(())
}

#[tokio::test]
async fn what_is_for_nobody_says_so() -> Tested {
    let bot = Bot::new(Store::in_memory().await?).route(text(), nothing);
    let status = testing::state("authorized").build();
    let explanation = bot.explain(&status).await?;
    assert_eq!(explanation.route(), None);
    assert!(explanation.to_string().contains("goes to no route"));
    Ok(())
}

#[tokio::test]
async fn a_route_that_says_no_kind_has_messages_and_not_what_tells_of_its_answers() -> Tested {
    let filters = [
        private(),
        !group(),
        from([ALICE.parse()?]),
        !command("help"),
        !in_dialogue::<New>(),
        group().or(private()),
    ];
    for filter in filters {
        let test = Bot::new(Store::in_memory().await?)
            .route(filter, async |chat: Chat| chat.reply("Hi."))
            .test()
            .await?;
        let alice = test.phone(ALICE);
        alice.says("hello");
        alice.expect("Hi.").await;
        alice.expect_nothing().await;
    }
    Ok(())
}

#[tokio::test]
async fn kinds_that_are_said_are_left_as_they_are() -> Tested {
    let alice = "447700900145@c.us".parse()?;
    let said = testing::text("hello").chat(&alice).build();
    let read = testing::status("read").chat(&alice).build();
    let state = testing::state("authorized").build();
    let kept = "(private chat and message) or kind outgoingMessageStatus";
    for (filter, has) in [
        (any(), [Some("anything"); 3]),
        (
            any().and(!status()),
            [
                Some("anything and not kind outgoingMessageStatus"),
                None,
                Some("anything and not kind outgoingMessageStatus"),
            ],
        ),
        (!message(), [None, Some("not message"), Some("not message")]),
        (private(), [Some("private chat and message"), None, None]),
        (private().or(status()), [Some(kept), Some(kept), None]),
    ] {
        let bot = Bot::new(Store::in_memory().await?).route(filter, nothing);
        for (received, route) in [&said, &read, &state].into_iter().zip(has) {
            assert_eq!(bot.explain(received).await?.route(), route);
        }
    }
    let nested = Bot::new(Store::in_memory().await?)
        .routes(Router::new().nest(status(), Router::new().route(private(), nothing)));
    let explanation = nested.explain(&read).await?;
    assert_eq!(
        explanation.route(),
        Some("kind outgoingMessageStatus and private chat")
    );
    Ok(())
}

#[tokio::test]
async fn an_expression_that_is_none_is_told_at_the_start() -> Tested {
    let bot = Bot::new(Store::in_memory().await?).route(regex("(").or(text()), nothing);
    match bot.run().await {
        Err(Error::Route(problem)) => {
            assert!(
                problem.starts_with("the route `regular expression \"(\" or text` cannot be used")
            );
        }
        other => panic!("{other:?}"),
    }
    let bot = Bot::new(Store::in_memory().await?)
        .route(text(), nothing)
        .webhook("0123456789abcdef0123456789".parse::<green_api::webhook::WebhookToken>()?);
    assert!(matches!(bot.run().await, Err(Error::NowhereToListen)));
    Ok(())
}

#[tokio::test]
async fn a_command_that_nobody_can_give_is_told_at_the_start() -> Tested {
    for (filter, prefixes, problem) in [
        (
            command("/help"),
            "/",
            "the command \"/help\" is to be named without its prefix",
        ),
        (
            text().or(!command("!help")),
            "!",
            "the command \"!help\" is to be named without its prefix",
        ),
        (
            command("new order"),
            "/",
            "the name of a command is one word, which \"new order\" is not",
        ),
        (command(""), "/", "a command has no name"),
    ] {
        let bot = Bot::new(Store::in_memory().await?)
            .prefixes([prefixes])
            .route(filter, nothing);
        match bot.explain(&testing::state("authorized").build()).await {
            Err(Error::Route(told)) => assert!(told.ends_with(problem), "{told}"),
            other => panic!("{other:?}"),
        }
    }
    Ok(())
}

#[tokio::test]
async fn the_routes_of_a_router_keep_its_prefixes() -> Tested {
    let own = || {
        Router::new()
            .route(command("help"), nothing)
            .prefixes(["!"])
    };
    let alice = "447700900145@c.us".parse()?;
    let said = |text: &str| testing::text(text).chat(&alice).build();
    for router in [
        Router::new().merge(own()),
        Router::new().nest(private(), own()),
        Router::new().merge(Router::new().nest(private(), own())),
    ] {
        let bot = Bot::new(Store::in_memory().await?)
            .routes(router)
            .route(command("start"), nothing);
        for (text, has) in [
            ("!help", true),
            ("/start", true),
            ("/help", false),
            ("!start", false),
        ] {
            let explanation = bot.explain(&said(text)).await?;
            assert_eq!(explanation.route().is_some(), has, "{text}: {explanation}");
        }
    }
    let bot = Bot::new(Store::in_memory().await?)
        .routes(Router::new().route(command("help"), nothing))
        .prefixes(["."]);
    assert!(bot.explain(&said(".help")).await?.route().is_some());
    Ok(())
}

#[tokio::test]
async fn a_handler_that_its_route_does_not_suit_is_named_and_parked_at_once() -> Tested {
    async fn picture(_: File) {}
    async fn stock(_: Data<u8>) {}
    let bot = Bot::new(Store::in_memory().await?)
        .route(command("stock"), stock)
        .route(message(), picture);
    let test = bot.test().await?;
    let alice = test.phone(ALICE);
    for (said, problem) in [
        (
            "a secret",
            "the handler of the route `message` takes `File`, which cannot be had from a message of the kind textMessage: it has no file",
        ),
        (
            "/stock",
            "the handler of the route `command /stock` takes `Data<u8>`, which cannot be had from a message of the kind textMessage: \
             it has no such data, see `Router::data`",
        ),
    ] {
        alice.says(said);
        let parked = parked(&test).await?;
        assert_eq!((parked.attempts(), parked.problem()), (1, Some(problem)));
        test.store().inbox().discard(parked.key()).await?;
    }
    Ok(())
}

#[tokio::test]
async fn what_cannot_be_decrypted_yet_is_waited_for() -> Tested {
    let alice: ChatId = ALICE.parse()?;
    let said = |text: &str| testing::text(text).chat(&alice).id_message("3EB0");
    let too_large = testing::image("{{SWE002}}").chat(&alice);
    let own = || Router::new().fallback(async |chat: Chat| chat.reply("?"));
    let routed = Router::new().route(private(), async |chat: Chat| chat.reply("?"));
    for router in [own(), Router::new().nest(private(), own()), routed] {
        let bot = Bot::new(Store::in_memory().await?).routes(router);
        let test = bot.test().await?;
        let phone = test.phone(ALICE);
        let instance = test.sandbox().instance();
        for notification in [said("{{SWE001}}"), said("hello"), too_large.clone()] {
            instance.notify(&notification.into_json());
        }
        phone.expect("?").await;
        phone.expect("?").await;
        phone.expect_nothing().await;
    }
    Ok(())
}

#[tokio::test]
async fn data_that_the_bot_was_not_given_can_be_optional() -> Tested {
    async fn stock(chat: Chat, given: Data<u8>, other: Option<Data<u16>>) -> HandlerResult {
        chat.reply(format!("{}, {}", *given, other.is_some()))
    }
    let test = Bot::new(Store::in_memory().await?)
        .route(text(), stock)
        .data(7_u8)
        .test()
        .await?;
    let alice = test.phone(ALICE);
    alice.says("hello");
    alice.expect("7, false").await;
    Ok(())
}

#[tokio::test]
async fn layers_run_from_the_last_to_the_first() -> Tested {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let noting = |name: &'static str| {
        let seen = Arc::clone(&seen);
        from_fn(move |context: Context, next: Next| {
            seen.lock().unwrap().push(name);
            context.insert(name.to_owned());
            next.run(context)
        })
    };
    async fn last(chat: Chat, inserted: Extension<String>) -> HandlerResult {
        chat.reply(inserted.as_str())
    }
    let test = Bot::new(Store::in_memory().await?)
        .route(text(), last)
        .layer(noting("inner"))
        .layer(
            ServiceBuilder::new()
                .layer(noting("outer"))
                .concurrency_limit(8),
        )
        .route(command("bare"), async |chat: Chat| chat.reply("bare"))
        .test()
        .await?;
    let alice = test.phone(ALICE);
    alice.says("hello");
    alice.expect("inner").await;
    alice.says("/bare");
    alice.expect("bare").await;
    assert_eq!(*seen.lock().unwrap(), ["outer", "inner"]);
    Ok(())
}

#[derive(Deserialize, Serialize)]
enum New {
    Counted { times: u8 },
}

impl DialogueState for New {
    const NAME: &'static str = "count";
}

#[tokio::test]
async fn the_fallback_begins_anew_after_arguments_that_cannot_be_read() -> Tested {
    async fn state(chat: Chat, context: Context, step: Option<Step<New>>) -> HandlerResult {
        let (route, is_in) = (context.route(), step.is_some());
        chat.reply(format!("{route}, {is_in}"))
    }
    let enter = from_fn(async |context: Context, next: Next| {
        Dialogue::<New>::extract(&context)?.enter(New::Counted { times: 1 });
        Chat::extract(&context)?.reply("One moment.")?;
        next.run(context).await
    });
    let test = Bot::new(Store::in_memory().await?)
        .route(command("order"), async |_: Args<u8>| {})
        .layer(enter)
        .fallback(state)
        .layer(rate(2, Duration::from_secs(3_600)))
        .test()
        .await?;
    let alice = test.phone(ALICE);
    for said in ["/order five", "hello"] {
        alice.says(said);
        alice.expect("fallback, false").await;
    }
    alice.says("hello");
    alice.expect_nothing().await;
    Ok(())
}

#[tokio::test]
async fn a_handler_that_fails_is_tried_again_and_nothing_of_it_is_sent_before() -> Tested {
    async fn second_time(chat: Chat, received: Received) -> HandlerResult {
        chat.reply(format!("attempt {}", received.attempt()))?;
        match received.attempt() {
            1 => Err("not yet".into()),
            _ => Ok(()),
        }
    }
    let test = Bot::new(Store::in_memory().await?)
        .route(text(), second_time)
        .backoff(Duration::from_millis(1), Duration::from_millis(1))
        .test()
        .await?;
    let alice = test.phone(ALICE);
    alice.says("hello");
    alice.expect("attempt 2").await;
    alice.expect_nothing().await;
    Ok(())
}

#[tokio::test]
async fn settings_are_switched_on_and_told_or_left() -> Tested {
    use green_api::types::YesNo;
    use green_api_bot::BotEvent;

    for leave in [false, true] {
        let sandbox = green_api_sandbox::Sandbox::builder()
            .linked_to("447700900123")
            .restart_time(Duration::ZERO)
            .start()
            .await?;
        let client = Client::new()?;
        let instance = client.instance(sandbox.credentials(0).pass_to(Credentials::new)?);
        let (told, mut hears) = tokio::sync::mpsc::unbounded_channel();
        let bot = Bot::new(Store::in_memory().await?)
            .route(status(), nothing)
            .instance(instance.clone())
            .on_event(move |event| match event {
                BotEvent::SwitchedOn { settings, .. } => drop(told.send((true, settings.to_vec()))),
                BotEvent::Off { settings, .. } => drop(told.send((false, settings.to_vec()))),
                _ => {}
            });
        let bot = if leave { bot.leave_settings() } else { bot };
        let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
        let running = tokio::spawn(bot.run_until(async { drop(stopped.await) }));
        let (switched, settings) = hears.recv().await.ok_or("nothing was told")?;
        assert_eq!(switched, !leave);
        assert!(settings.contains(&"incomingWebhook"), "{settings:?}");
        let now = instance.get_settings().await?;
        assert_eq!(now.incoming_webhook == Some(YesNo::Yes), !leave);
        drop(stop);
        running.await??;
    }
    Ok(())
}
