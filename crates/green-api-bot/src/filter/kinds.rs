//! Filters by what a notification is and where it comes from.

use green_api::ChatId;
use regex::Regex;

use super::{Filter, Kinds, Matched};
use crate::Update;
use crate::state::{DialogueState, document_name, is_kept, kept};
use crate::update::{DELETED, EDITED};

const VOTE: &str = "pollUpdateMessage";

/// Fits every notification of any kind, those that tell of the bot's own messages as well: a handler that replies to these replies to itself, without
/// end. Every message that somebody wrote is [`message`].
pub fn any() -> Filter {
    Filter::new("anything", |_| true)
}

/// Fits notifications of a kind, by the documentation's name of it, such as `outgoingMessageStatus` or `stateInstanceChanged`.
pub fn kind(kind: impl Into<String>) -> Filter {
    let kind = kind.into();
    Filter::new(format!("kind {kind}"), move |update| {
        update.notification().kind() == kind
    })
}

/// Fits every message that somebody wrote to the bot, but neither an [edit](edited) nor a [deletion](deleted) of an earlier one, nor one that WhatsApp
/// could not decrypt yet, which comes again.
pub fn message() -> Filter {
    Filter::new("message", |update| update.new_message().is_some()).saying(Kinds::Messages)
}

/// Fits the edit of an earlier message; [`Text`](crate::extract::Text) is the new text or, of a file, the new caption.
///
/// No other filter for what people write fits it, so a command or an answer in a dialogue that is edited is not handled again. The server tells of edits
/// with the setting `editedMessageWebhook`, which the bot leaves as it is.
pub fn edited() -> Filter {
    of_message("edit", |update| has_content(update, EDITED).then_some(()))
}

/// Fits the deletion of an earlier message, which the server tells of with the setting `deletedMessageWebhook`; the bot leaves that as it is.
pub fn deleted() -> Filter {
    of_message("deletion", |update| {
        has_content(update, DELETED).then_some(())
    })
}

/// Fits messages that are a text: not those that only have a caption, and no commands.
pub fn text() -> Filter {
    Filter::finding("text", |update, prefixes| {
        let is_command = |text: &str| {
            let mut prefixes = prefixes.iter();
            // Behind an empty prefix a command looks like any text.
            prefixes
                .any(|prefix| !prefix.is_empty() && text.trim_start().starts_with(prefix.as_str()))
        };
        let text = update.text().filter(|text| !is_command(text));
        text.map(|_| Matched::default())
    })
}

/// Fits a text that is this one, whatever its case and the space around it.
pub fn text_is(wanted: impl Into<String>) -> Filter {
    let wanted = wanted.into();
    let lower = wanted.trim().to_lowercase();
    Filter::new(format!("text {wanted:?}"), move |update| {
        update
            .text()
            .is_some_and(|text| text.trim().to_lowercase() == lower)
    })
}

/// Fits a text in which a regular expression of the crate `regex` is found; [`Captures`](crate::extract::Captures) has its groups.
///
/// An expression that is none is an error when the bot starts.
pub fn regex(expression: &str) -> Filter {
    let name = format!("regular expression {expression:?}");
    let regex = match Regex::new(expression) {
        Ok(regex) => regex,
        Err(error) => {
            let mut filter = Filter::new(name, |_| false);
            filter.problem = Some(format!("the regular expression is none: {error}"));
            return filter;
        }
    };
    Filter::finding(name, move |update, _| {
        let captures = regex.captures(update.text()?)?;
        let group = |group: regex::Match<'_>| group.as_str().to_owned();
        let names = regex.capture_names().map(|name| name.map(str::to_owned));
        let captures = names.zip(captures.iter().map(|found| found.map(group)));
        Some(Matched {
            captures: Some(captures.collect()),
            ..Matched::default()
        })
    })
}

/// Fits the press of a button, or the choice of a line in a list.
pub fn button() -> Filter {
    of_message("button", |update| {
        update.message()?.button_reply().map(drop)
    })
}

/// Fits the press of the button with this id or this text.
pub fn pressed(button: impl Into<String>) -> Filter {
    let button = button.into();
    of_message(format!("button {button:?}"), move |update| {
        let pressed = update.message()?.button_reply()?;
        let is_it = [pressed.id, pressed.text].contains(&Some(button.as_str()));
        is_it.then_some(())
    })
}

/// Fits a vote in a poll, also one that is taken back.
pub fn vote() -> Filter {
    of_message("vote", |update| has_content(update, VOTE).then_some(()))
}

/// Fits a vote that has chosen this option.
pub fn voted(option: impl Into<String>) -> Filter {
    let option = option.into();
    of_message(format!("vote for {option:?}"), move |update| {
        let chosen = update.message()?.chosen();
        (has_content(update, VOTE) && chosen.contains(&option.as_str())).then_some(())
    })
}

/// Fits a reaction to a message, also one that is taken back.
pub fn reaction() -> Filter {
    of_message("reaction", |update| update.message()?.reaction().map(drop))
}

/// Fits a reaction with this emoji.
pub fn reacted(emoji: impl Into<String>) -> Filter {
    let emoji = emoji.into();
    of_message(format!("reaction {emoji}"), move |update| {
        let given = update.message()?.reaction()?.emoji?;
        (given == emoji).then_some(())
    })
}

/// Fits a picture, video, document, recording or sticker.
pub fn file() -> Filter {
    of_message("file", |update| update.message()?.file().map(drop))
}

/// Fits a file whose media type begins so, such as `image/` or `application/pdf`.
pub fn file_of(media_type: impl Into<String>) -> Filter {
    let wanted = media_type.into();
    of_message(format!("file of {wanted}"), move |update| {
        let media_type = update.message()?.file()?.mime_type?;
        media_type.starts_with(&wanted).then_some(())
    })
}

/// Fits a place.
pub fn location() -> Filter {
    of_message("location", |update| update.message()?.location().map(drop))
}

/// Fits the contact details of a person or several.
pub fn contact() -> Filter {
    of_message("contact", |update| {
        (!update.message()?.contacts().is_empty()).then_some(())
    })
}

/// Fits each step of an incoming call: that it rings, and that it is answered, declined or over. To answer a call once, look at the status as well:
///
/// ```
/// use green_api::types::{CallStatus, Notification};
/// use green_api_bot::filter::{Filter, call};
///
/// let rings = Filter::new("ringing", |update| match update.notification() {
///     Notification::IncomingCall(call) => call.status == Some(CallStatus::Offer),
///     _ => false,
/// });
/// assert_eq!(call().and(rings).name(), "kind incomingCall and ringing");
/// ```
pub fn call() -> Filter {
    kind("incomingCall")
}

/// Fits what became of a message that was sent: delivered, read, failed.
pub fn status() -> Filter {
    kind("outgoingMessageStatus")
}

/// Fits a change of the state of the instance itself, such as a logout on the phone.
pub fn state_changed() -> Filter {
    kind("stateInstanceChanged")
}

/// Fits what is about a chat with one person.
///
/// A [route](crate::Router::route) of that alone has incoming messages; `status().and(private())` has what became of those that were sent there.
pub fn private() -> Filter {
    of_every_kind("private chat", |update| {
        update.chat().is_some_and(|chat| !chat.is_group())
    })
}

/// Fits what is about a group. A [route](crate::Router::route) of that alone has incoming messages, as with [`private`].
pub fn group() -> Filter {
    of_every_kind("group", |update| {
        update.chat().is_some_and(ChatId::is_group)
    })
}

/// Fits what comes from one of these people: in a group the member who wrote. A [route](crate::Router::route) of that alone has incoming messages, as
/// with [`private`].
pub fn from(people: impl IntoIterator<Item = ChatId>) -> Filter {
    let people: Vec<ChatId> = people.into_iter().collect();
    of_every_kind("from the people listed", move |update| {
        update
            .person()
            .is_some_and(|person| people.contains(person))
    })
}

/// Fits messages of somebody who is in the dialogue.
pub fn in_dialogue<S: DialogueState>() -> Filter {
    Filter::new(format!("in the dialogue {}", S::NAME), |update| {
        update.new_message().is_some() && is_kept::<S>(update)
    })
}

/// Fits messages of somebody who is in the dialogue, at a step of which `is_here` is true.
///
/// Where it depends on a kept step that [`migrate`](DialogueState::migrate) cannot read whether a route fits, the message is parked at once.
///
/// ```
/// use green_api_bot::{DialogueState, filter::at_step};
/// use serde::{Deserialize, Serialize};
///
/// #[derive(Deserialize, Serialize)]
/// enum Order { Dish, Address { dish: String } }
///
/// impl DialogueState for Order { const NAME: &'static str = "order"; }
///
/// let address = at_step("address", |order: &Order| matches!(order, Order::Address { .. }));
/// assert_eq!(address.name(), "in the dialogue order at address");
/// ```
pub fn at_step<S: DialogueState>(
    step: impl Into<String>,
    is_here: impl Fn(&S) -> bool + Send + Sync + 'static,
) -> Filter {
    let name = format!("in the dialogue {} at {}", S::NAME, step.into());
    Filter::finding(name, move |update, _| {
        update.new_message()?;
        match kept::<S>(update) {
            Ok(state) => is_here(&state?).then(Matched::default),
            Err(error) => Some(Matched {
                unreadable: Some(error.to_string()),
                ..Matched::default()
            }),
        }
    })
}

/// Fits the end of a dialogue's time. The dialogue is left after the route's handler, unless that goes on with it.
pub fn timed_out<S: DialogueState>() -> Filter {
    Filter::new(format!("time-out of the dialogue {}", S::NAME), |update| {
        let name = document_name::<S>();
        update.due().is_some_and(|due| due.name == name)
    })
}

/// Makes a filter that says nothing of kinds.
fn of_every_kind(
    name: &'static str,
    fits: impl Fn(&Update) -> bool + Send + Sync + 'static,
) -> Filter {
    Filter::new(name, fits).saying(Kinds::Unsaid)
}

/// Returns whether it is a message of this kind.
fn has_content(update: &Update, kind: &str) -> bool {
    let message = update.message();
    let data = message.and_then(|message| message.message_data.as_ref());
    data.is_some_and(|data| data.kind() == kind)
}

fn of_message(
    name: impl Into<String>,
    find: impl Fn(&Update) -> Option<()> + Send + Sync + 'static,
) -> Filter {
    Filter::new(name, move |update| find(update).is_some())
}
