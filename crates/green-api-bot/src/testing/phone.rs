//! A person's phone.

use std::fmt;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use green_api_mailbox::{OutboxState, Store};
use green_api_sandbox::{Content, Message, Sandbox};

use super::{BOT, LOOK, PATIENCE};

/// A phone, by which a person talks to the bot. Methods that wait fail the test by a panic, which says what came instead.
pub struct Phone {
    phone: green_api_sandbox::Phone,
    bot: green_api_sandbox::Phone,
    store: Store,
    sandbox: Arc<Sandbox>,
    chat: Mutex<String>,
    /// How many messages of the chat were looked at.
    seen: AtomicUsize,
}

impl Phone {
    pub(super) fn new(
        phone: green_api_sandbox::Phone,
        bot: green_api_sandbox::Phone,
        store: Store,
        sandbox: Arc<Sandbox>,
    ) -> Self {
        Self {
            phone,
            bot,
            store,
            sandbox,
            chat: Mutex::new(BOT.to_owned()),
            seen: AtomicUsize::new(0),
        }
    }

    /// Goes on in this chat, such as a group, instead of the one with the bot.
    #[must_use]
    pub fn in_chat(self, chat: impl Into<String>) -> Self {
        *self.chat.lock().unwrap_or_else(PoisonError::into_inner) = chat.into();
        self
    }

    /// Creates a group with the bot in it, and goes on there.
    ///
    /// # Panics
    ///
    /// Panics if there is no group without anybody on WhatsApp in it.
    #[must_use]
    pub fn in_group(self, name: &str) -> Self {
        let group = self.phone.create_group(name, &[BOT]);
        self.in_chat(group.expect("the bot has WhatsApp"))
    }

    fn chat(&self) -> String {
        self.chat
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Writes a text, and returns the id of the message.
    pub fn says(&self, text: impl Into<String>) -> String {
        self.phone.send_text(&self.chat(), text)
    }

    /// Sends anything else, and returns the id of the message.
    pub fn sends(&self, content: impl Into<Content>) -> String {
        self.phone.send(&self.chat(), content)
    }

    /// Sends a file, and returns the id of the message.
    pub fn sends_file(&self, name: &str, bytes: impl Into<Vec<u8>>) -> String {
        self.phone.send_file(&self.chat(), name, bytes)
    }

    /// Presses a button of the latest message that has one with this text.
    ///
    /// # Panics
    ///
    /// Panics if there is no such button.
    pub fn presses(&self, text: &str) -> String {
        let press = self.find(|message| match &message.content {
            Content::Buttons { buttons, .. } => {
                let button = buttons.iter().find(|button| button.text == text)?;
                Some(Content::ButtonPress {
                    message: message.id.clone(),
                    button_id: button.id.clone(),
                })
            }
            _ => None,
        });
        self.sends(
            press.unwrap_or_else(|| panic!("no message has a button {text:?}; {}", self.shown())),
        )
    }

    /// Chooses options of the latest poll.
    ///
    /// # Panics
    ///
    /// Panics if there is no poll.
    pub fn votes<'a>(&self, options: impl IntoIterator<Item = &'a str>) -> String {
        let poll = self.find(|message| {
            matches!(message.content, Content::Poll { .. }).then(|| message.id.clone())
        });
        let message = poll.unwrap_or_else(|| panic!("there is no poll; {}", self.shown()));
        let options = options.into_iter().map(str::to_owned).collect();
        self.sends(Content::PollVote { message, options })
    }

    /// Reacts to the latest message of the bot.
    ///
    /// # Panics
    ///
    /// Panics if it has said nothing.
    pub fn reacts(&self, emoji: &str) -> String {
        let latest = self.find(|message| is_bots(message).then(|| message.id.clone()));
        let message = latest.unwrap_or_else(|| panic!("the bot has said nothing"));
        let emoji = emoji.to_owned();
        self.sends(Content::Reaction { message, emoji })
    }

    /// Waits for the next message of the bot, and returns it.
    ///
    /// # Panics
    ///
    /// Panics if none comes within 20 seconds.
    pub async fn next(&self) -> Message {
        let begun = Instant::now();
        loop {
            let messages = self.messages();
            let seen = self.seen.load(Ordering::Relaxed);
            let next = messages.iter().enumerate().skip(seen);
            if let Some((place, message)) = next.into_iter().find(|(_, message)| is_bots(message)) {
                self.seen.store(place.saturating_add(1), Ordering::Relaxed);
                return message.clone();
            }
            assert!(
                begun.elapsed() < PATIENCE,
                "the bot has not answered; {}",
                self.shown()
            );
            tokio::time::sleep(LOOK).await;
        }
    }

    /// Waits for the next message of the bot, and checks that its text, question, caption or name of the file contains this.
    ///
    /// # Panics
    ///
    /// Panics if it does not, or if none comes within 20 seconds.
    pub async fn expect(&self, text: &str) -> Message {
        let message = self.next().await;
        let said = text_of(&message.content);
        assert!(
            said.contains(text),
            "the bot was expected to say {text:?}, and said {said:?}; {}",
            self.shown()
        );
        message
    }

    /// Waits until everything is handled, and sent but for what is for later, and checks that the bot has said nothing more.
    ///
    /// # Panics
    ///
    /// Panics if it has.
    pub async fn expect_nothing(&self) {
        settle(&self.sandbox, &self.store).await;
        let messages = self.messages();
        let mut left = messages.iter().skip(self.seen.load(Ordering::Relaxed));
        let more = left.find(|message| is_bots(message));
        assert!(
            more.is_none(),
            "the bot has said more than expected; {}",
            self.shown()
        );
    }

    /// Returns all messages of the chat, oldest first.
    #[must_use]
    pub fn messages(&self) -> Vec<Message> {
        self.phone.messages(&self.chat())
    }

    fn find<T>(&self, find: impl Fn(&Message) -> Option<T>) -> Option<T> {
        self.messages().iter().rev().find_map(find)
    }

    /// The chat, for whoever reads why a test failed.
    fn shown(&self) -> String {
        let line = |message: &Message| {
            let who = if message.outgoing {
                self.phone.number()
            } else {
                self.bot.number()
            };
            format!("\n  {who}: {}", text_of(&message.content))
        };
        let lines: String = self.messages().iter().map(line).collect();
        format!("the chat is:{lines}")
    }
}

/// In a group others write as well.
fn is_bots(message: &Message) -> bool {
    message.sender.strip_suffix("@c.us") == Some(BOT)
}

fn text_of(content: &Content) -> String {
    match content {
        Content::Text { text, .. } | Content::Buttons { text, .. } | Content::Edit { text, .. } => {
            text.clone()
        }
        Content::Poll { question, .. } => question.clone(),
        Content::File(file) => format!("{} {}", file.name, file.caption),
        other => format!("{other:?}"),
    }
}

pub(super) async fn settle(sandbox: &Sandbox, store: &Store) {
    let (inbox, outbox) = (store.inbox(), store.outbox());
    let begun = Instant::now();
    loop {
        // In the order in which a message goes through: what is not seen here yet is seen further on.
        let queued = sandbox.instance().pending_notifications();
        let stats = (inbox.stats().await, outbox.stats().await);
        if let (Ok(inbox), Ok(outbox)) = stats {
            assert_eq!(
                inbox.parked, 0,
                "a notification was given up on; `Inbox::parked` says why"
            );
            let is_idle = queued == 0 && inbox.waiting == 0 && outbox.sending == 0;
            if is_idle && are_for_later(store, outbox.queued).await {
                return;
            }
        }
        assert!(begun.elapsed() < PATIENCE, "the bot is still busy");
        tokio::time::sleep(LOOK).await;
    }
}

/// Returns whether so many messages are queued, and none of them is due yet.
async fn are_for_later(store: &Store, queued: u64) -> bool {
    let listed = store.outbox();
    let listed = listed.list(Some(OutboxState::Queued), usize::MAX, None);
    let now = store.time();
    listed.await.is_ok_and(|entries| {
        let mut times = entries.iter().map(|entry| entry.not_before());
        entries.len() as u64 == queued && times.all(|time| time.is_some_and(|time| time > now))
    })
}

impl fmt::Debug for Phone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Phone").field(&self.phone.number()).finish()
    }
}
