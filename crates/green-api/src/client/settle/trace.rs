//! What a send is known by in the queue and in the journal.

use green_api_types::operation::Operation;
use serde_json::{Map, Value};

use crate::types::{Direction, JournalMessage, MessageType, QueuedMessage};
use crate::{ChatId, MessageId};

/// Whether an entry is equal to the send.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Match {
    Yes,
    No,
    /// It cannot be told: a part is missing, or not understood.
    Perhaps,
}

/// The input of a send to a chat, under its documented names.
#[derive(Clone)]
pub(super) struct Trace {
    pub(super) chat: ChatId,
    input: Map<String, Value>,
}

impl std::fmt::Debug for Trace {
    // The input is what somebody writes.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Trace").finish_non_exhaustive()
    }
}

impl Trace {
    /// `None` for what leaves no message of its own in a chat: statuses, and changes of other messages.
    pub(super) fn of(input: Value) -> Option<Self> {
        let Value::Object(input) = input else {
            return None;
        };
        let chat = input.get("chatId")?.as_str()?.parse().ok()?;
        let has_own = !input.contains_key("idMessage");
        has_own.then_some(Self { chat, input })
    }

    fn text(&self, name: &str) -> Option<&str> {
        self.input.get(name)?.as_str()
    }

    /// The queue shows the request as it was sent.
    pub(super) fn in_queue(&self, operation: &Operation, entry: &QueuedMessage) -> Match {
        match entry.chat_id() {
            Some(chat) if *chat != self.chat => return Match::No,
            Some(_) => {}
            None => return Match::Perhaps,
        }
        let kind = entry.type_.as_ref().map(|kind| kind.as_str());
        if kind.is_some_and(|kind| !kind.eq_ignore_ascii_case(operation.id)) {
            return Match::No;
        }
        let Ok(Value::Object(body)) = serde_json::to_value(&entry.body) else {
            return Match::Perhaps;
        };
        let mut matches = Match::Yes;
        for (name, value) in &self.input {
            // How a file is kept and how typing is shown is the server's own business.
            if ["chatId", "file", "typingTime", "typingType"].contains(&name.as_str()) {
                continue;
            }
            match body.get(name) {
                Some(other) if same(other, value) => {}
                Some(_) => return Match::No,
                None => matches = Match::Perhaps,
            }
        }
        matches
    }

    /// The journal shows the message that became of it.
    pub(super) fn in_journal(&self, entry: &JournalMessage, is_whole: bool) -> Match {
        if entry.type_ == Some(Direction::Incoming) || entry.send_by_api == Some(false) {
            return Match::No;
        }
        let quote = self.text("quotedMessageId").map(MessageId::from);
        let quoted = entry.quoted().and_then(|quoted| quoted.id_message.cloned());
        if quoted.is_some() && quoted != quote {
            return Match::No;
        }
        let content = self.content(entry);
        match content {
            // A quote can be left out of a journal.
            Match::Yes if quoted != quote => Match::Perhaps,
            // What differs may be what could not be read, but a text that was read is another one.
            Match::No if !is_whole && entry.text().is_none() => Match::Perhaps,
            // Nobody knows what it was before somebody edited it.
            Match::No if entry.is_edited == Some(true) => Match::Perhaps,
            content => content,
        }
    }

    fn content(&self, entry: &JournalMessage) -> Match {
        if entry.placeholder().is_some() || entry.type_message.is_none() {
            return Match::Perhaps;
        }
        let given = |name: &str| self.input.contains_key(name);
        if given("latitude") {
            return if_there(entry.location(), |place| {
                let near = |number: Option<f64>, name: &str| {
                    let wanted = self.input.get(name).and_then(Value::as_f64);
                    number
                        .zip(wanted)
                        .is_some_and(|(a, b)| (a - b).abs() < 1e-5)
                };
                yes_if(near(place.latitude, "latitude") && near(place.longitude, "longitude"))
            });
        }
        if let Some(contact) = self.input.get("contact") {
            let digits = contact["phoneContact"].to_string();
            return match entry.contacts() {
                [] => other_kind(entry),
                [card] => if_there_or_perhaps(card.vcard.as_deref(), |card| {
                    let card: String = card.chars().filter(char::is_ascii_digit).collect();
                    yes_if(card.contains(digits.trim_matches('"')))
                }),
                _ => Match::No,
            };
        }
        if let Some(options) = self.input.get("options").and_then(Value::as_array) {
            return match entry.poll() {
                None => other_kind(entry),
                Some(_) if entry.type_message == Some(MessageType::PollUpdateMessage) => Match::No,
                Some(poll) => {
                    let wanted = options.iter();
                    let wanted = wanted.map(|option| squeezed(option["optionName"].as_str()));
                    let shown = poll.options.iter();
                    let shown = shown.map(|option| squeezed(option.option_name.as_deref()));
                    let same = squeezed(poll.name.as_deref()) == squeezed(self.text("message"));
                    yes_if(same && shown.eq(wanted))
                }
            };
        }
        if given("urlFile") || given("file") {
            return if_there(entry.file(), |file| {
                let name = self.text("fileName").or(self.text("file"));
                let caption = squeezed(self.text("caption"));
                match file.file_name {
                    _ if squeezed(file.caption) != caption => Match::No,
                    seen if seen.is_some() && seen == name => Match::Yes,
                    // A server may have given it another name.
                    Some(_) if caption.is_empty() => Match::No,
                    None if !caption.is_empty() => Match::Yes,
                    _ => Match::Perhaps,
                }
            })
            .or_kind(entry);
        }
        if let (Some(body), Some(buttons)) = (self.text("body"), self.input.get("buttons")) {
            return self.menu(body, buttons, entry);
        }
        let is_plain = [
            "buttons",
            "templateButtons",
            "sections",
            "namespace",
            "messages",
        ]
        .iter()
        .all(|name| !given(name));
        match self.text("message").or(self.text("urlLink")) {
            Some(text) if is_plain => match entry.text() {
                Some(written) => yes_if(squeezed(Some(written)) == squeezed(Some(text))),
                None => other_kind(entry),
            },
            // What these look like in a journal is not documented.
            _ => match entry.type_message {
                Some(MessageType::TextMessage) if !given("messages") => Match::No,
                _ => Match::Perhaps,
            },
        }
    }

    /// Compares a message with buttons, which servers show as `interactiveButtons`, whatever the kind of its buttons.
    fn menu(&self, body: &str, buttons: &Value, entry: &JournalMessage) -> Match {
        let shown = [&entry.interactive_buttons, &entry.interactive_buttons_reply];
        let Some(menu) = shown.into_iter().flatten().next() else {
            return other_kind(entry);
        };
        if squeezed(menu.text()) != squeezed(Some(body)) {
            return Match::No;
        }
        let wanted = buttons.as_array().into_iter().flatten();
        let wanted = wanted.map(|button| squeezed(button["buttonText"].as_str()));
        let shown = menu.buttons.iter();
        if !shown
            .map(|button| squeezed(button.button_text.as_deref()))
            .eq(wanted)
        {
            return if menu.buttons.is_empty() {
                Match::Perhaps
            } else {
                Match::No
            };
        }
        let same = |name, shown: [&Option<String>; 2]| {
            let shown = shown.into_iter().flatten().find(|text| !text.is_empty());
            squeezed(shown.map(String::as_str)) == squeezed(self.text(name))
        };
        let is_whole = same("header", [&menu.title_text, &menu.header])
            && same("footer", [&menu.footer_text, &menu.footer]);
        if is_whole { Match::Yes } else { Match::Perhaps }
    }
}

impl Match {
    fn or_kind(self, entry: &JournalMessage) -> Self {
        match self {
            Self::No if entry.file().is_none() => other_kind(entry),
            matches => matches,
        }
    }
}

fn yes_if(same: bool) -> Match {
    if same { Match::Yes } else { Match::No }
}

fn if_there<T>(part: Option<T>, matches: impl FnOnce(T) -> Match) -> Match {
    part.map_or(Match::No, matches)
}

fn if_there_or_perhaps<T>(part: Option<T>, matches: impl FnOnce(T) -> Match) -> Match {
    part.map_or(Match::Perhaps, matches)
}

/// An entry without the content that the send has: of another kind, or one that is not understood.
fn other_kind(entry: &JournalMessage) -> Match {
    let has_other = entry.text().is_some()
        || entry.file().is_some()
        || entry.location().is_some()
        || entry.poll().is_some()
        || entry.reaction().is_some()
        || !entry.contacts().is_empty();
    if has_other { Match::No } else { Match::Perhaps }
}

/// The text with every space as one: servers trim.
fn squeezed(text: Option<&str>) -> String {
    let words = text.unwrap_or_default().split_whitespace();
    words.collect::<Vec<_>>().join(" ")
}

fn same(left: &Value, right: &Value) -> bool {
    match (left, right) {
        (Value::Number(left), Value::Number(right)) => left.as_f64() == right.as_f64(),
        (Value::String(left), Value::String(right)) => {
            squeezed(Some(left)) == squeezed(Some(right))
        }
        (Value::Object(left), Value::Object(right)) => right
            .iter()
            .all(|(name, value)| left.get(name).is_some_and(|other| same(other, value))),
        (Value::Array(left), Value::Array(right)) => {
            left.len() == right.len()
                && left
                    .iter()
                    .zip(right)
                    .all(|(left, right)| same(left, right))
        }
        (left, right) => left == right,
    }
}
