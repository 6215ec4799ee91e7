//! What a send is known by in the queue and in the journal.

use green_api_types::operation::Operation;
use green_api_types::operations::SEND_FILE_BY_URL;
use serde_json::{Map, Value};

use crate::ChatId;
use crate::types::{Direction, JournalMessage, MessageType, QueuedMessage, QueuedMessageType};

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
        // A file that is uploaded waits there under the address that the server gave it.
        let is_upload = self.input.contains_key("file");
        let is_own = |kind: &str| {
            kind.eq_ignore_ascii_case(operation.id)
                || is_upload && kind.eq_ignore_ascii_case(SEND_FILE_BY_URL.id)
        };
        // What the messages of other operations are called there is not documented.
        let mut known = QueuedMessageType::KNOWN.iter();
        let is_documented = is_upload || known.any(|kind| is_own(kind));
        let kind = entry.type_.as_ref().map(QueuedMessageType::as_str);
        if is_documented && kind.is_some_and(|kind| !is_own(kind)) {
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
            let shown = body.get(name);
            matches = matches.and(shown.map_or(Match::Perhaps, |shown| same(shown, value)));
        }
        let name = body.get("fileName").and_then(Value::as_str);
        match self.text("file") {
            // Some are changed on the way, and some given by the server.
            Some(file) if name.map(without_controls) != Some(without_controls(file)) => {
                matches.and(Match::Perhaps)
            }
            _ => matches,
        }
    }

    /// The journal shows the message that became of it.
    pub(super) fn in_journal(&self, entry: &JournalMessage, is_whole: bool) -> Match {
        if entry.type_ == Some(Direction::Incoming) || entry.send_by_api == Some(false) {
            return Match::No;
        }
        let quote = self.quote(entry);
        if quote == Match::No {
            return Match::No;
        }
        let edited_id = entry.edited_message_id.as_ref();
        let is_edited =
            entry.is_edited == Some(true) || edited_id.is_some_and(|id| !id.as_ref().is_empty());
        match self.content(entry) {
            // What differs may be what could not be read, but a text that was read is another one.
            Match::No if !is_whole && entry.text().is_none() => Match::Perhaps,
            // Nobody knows what it was before somebody edited it.
            _ if is_edited => Match::Perhaps,
            content => content.and(quote),
        }
    }

    /// Whether it quotes the same message. An entry can name it twice, and the two can differ.
    fn quote(&self, entry: &JournalMessage) -> Match {
        let beside = [
            &entry.extended_text_message,
            &entry.extended_text_message_data,
        ];
        let beside = beside.into_iter().flatten();
        let beside = beside.filter_map(|text| text.stanza_id.as_ref());
        let quoted = entry.quoted().and_then(|quoted| quoted.id_message);
        let ids = quoted.into_iter().chain(beside).map(AsRef::as_ref);
        let named: Vec<&str> = ids.filter(|id: &&str| !id.is_empty()).collect();
        match self.text("quotedMessageId") {
            None => yes_if(named.is_empty()),
            // A quote can be left out of a journal.
            Some(_) if named.is_empty() => Match::Perhaps,
            Some(id) if named.iter().all(|named| *named == id) => Match::Yes,
            Some(id) if named.contains(&id) => Match::Perhaps,
            Some(_) => Match::No,
        }
    }

    fn content(&self, entry: &JournalMessage) -> Match {
        if entry.placeholder().is_some() || entry.type_message.is_none() {
            return Match::Perhaps;
        }
        let given = |name: &str| self.input.contains_key(name);
        if given("latitude") {
            let Some(place) = entry.location() else {
                return other_kind(entry);
            };
            let near = |shown: Option<f64>, name: &str| {
                let wanted = self.input.get(name).and_then(Value::as_f64);
                let both = shown.zip(wanted);
                both.map_or(Match::Perhaps, |(a, b)| yes_if((a - b).abs() < 1e-5))
            };
            return near(place.latitude, "latitude").and(near(place.longitude, "longitude"));
        }
        if let Some(contact) = self.input.get("contact") {
            let digits = contact["phoneContact"].to_string();
            return match entry.contacts() {
                [] => other_kind(entry),
                [card] => {
                    let card = card.vcard.as_deref().unwrap_or_default().chars();
                    let card: String = card.filter(char::is_ascii_digit).collect();
                    match card.is_empty() {
                        true => Match::Perhaps,
                        false => yes_if(card.contains(digits.trim_matches('"'))),
                    }
                }
                _ => Match::No,
            };
        }
        if let Some(options) = self.input.get("options").and_then(Value::as_array) {
            return match entry.poll() {
                None => other_kind(entry),
                Some(_) if entry.type_message == Some(MessageType::PollUpdateMessage) => Match::No,
                Some(poll) if poll.name.is_none() || poll.options.is_empty() => Match::Perhaps,
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
            return self.file(entry);
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

    fn file(&self, entry: &JournalMessage) -> Match {
        let Some(file) = entry.file() else {
            return other_kind(entry);
        };
        let caption = squeezed(self.text("caption"));
        let same_caption = match squeezed(file.caption) {
            shown if shown == caption => Match::Yes,
            // It is shown below pictures and videos alone.
            shown if shown.is_empty() => Match::Perhaps,
            _ => Match::No,
        };
        let name = self.text("fileName").or(self.text("file"));
        let is_document = entry.type_message == Some(MessageType::DocumentMessage);
        let same_name = match file.file_name {
            Some(shown) if Some(without_controls(shown)) == name.map(without_controls) => {
                Match::Yes
            }
            None if !caption.is_empty() => Match::Yes,
            // That of an upload can be changed on its way, and that of a picture by the server.
            Some(_) if is_document && caption.is_empty() && self.text("file").is_none() => {
                Match::No
            }
            _ => Match::Perhaps,
        };
        same_name.and(same_caption)
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
    /// Combines it with what is told of another part.
    fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::No, _) | (_, Self::No) => Self::No,
            (Self::Yes, Self::Yes) => Self::Yes,
            _ => Self::Perhaps,
        }
    }
}

fn yes_if(same: bool) -> Match {
    if same { Match::Yes } else { Match::No }
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

/// A file's name as it is sent.
fn without_controls(name: &str) -> String {
    name.chars().filter(|c| !c.is_control()).collect()
}

/// Compares what is shown with what was sent. In another form it may be the same.
fn same(shown: &Value, sent: &Value) -> Match {
    match (shown, sent) {
        (Value::String(shown), Value::String(sent)) => {
            yes_if(squeezed(Some(shown)) == squeezed(Some(sent)))
        }
        (Value::Number(shown), Value::Number(sent)) => yes_if(shown.as_f64() == sent.as_f64()),
        (Value::String(text), Value::Number(number))
        | (Value::Number(number), Value::String(text)) => {
            yes_if(text.trim().parse().ok() == number.as_f64())
        }
        (Value::Object(shown), Value::Object(sent)) => {
            let field = |name| shown.get(name).unwrap_or(&Value::Null);
            let fields = sent.iter().map(|(name, value)| same(field(name), value));
            fields.fold(Match::Yes, Match::and)
        }
        (Value::Array(shown), Value::Array(sent)) if shown.len() == sent.len() => {
            let items = shown
                .iter()
                .zip(sent)
                .map(|(shown, sent)| same(shown, sent));
            items.fold(Match::Yes, Match::and)
        }
        (Value::Array(_), Value::Array(_)) => Match::No,
        (shown, sent) if shown == sent => Match::Yes,
        (Value::Bool(_), Value::Bool(_)) => Match::No,
        _ => Match::Perhaps,
    }
}
