//! What is routed.

use green_api::types::{MessageNotification, Notification};
use green_api::{ChatId, InstanceId, Received};
use green_api_mailbox::{DOCUMENT_DUE, Document, Store};
use serde::Deserialize;

use crate::scope;

/// With what the inbox begins the key of a document that is due.
const DUE: &str = "due/";
/// With what the name of a dialogue's document begins.
pub(crate) const DIALOGUE: &str = "dialogue/";

/// What edits an earlier message, and what deletes one.
pub(crate) const EDITED: &str = "editedMessage";
pub(crate) const DELETED: &str = "deletedMessage";

/// What the server puts in the place of a file that is too large.
pub(crate) const TOO_LARGE: &str = "{{SWE002}}";

/// A notification and what belongs to it: what filters look at.
#[derive(Debug)]
pub struct Update {
    received: Received,
    instance: InstanceId,
    chat: Option<ChatId>,
    person: Option<ChatId>,
    documents: Vec<Document>,
    due: Option<Due>,
}

/// The end of a dialogue's time, as the inbox tells it.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Due {
    chat_id: ChatId,
    pub(crate) name: String,
    pub(crate) key: String,
    pub(crate) revision: i64,
}

impl Update {
    /// `key` is the notification's in the inbox: a time-out is only what the inbox itself has put in, not what somebody posts under its kind. Other
    /// documents that are due are the program's own.
    pub(crate) fn new(received: Received, key: &str, instance: InstanceId) -> Self {
        let notification = &received.notification;
        let is_due = notification.kind() == DOCUMENT_DUE && key.starts_with(DUE);
        let due: Option<Due> = is_due
            .then(|| serde_json::from_str(received.raw().as_str()).ok())
            .flatten();
        let chat = due.as_ref().map(|due| due.chat_id.clone());
        let chat = chat.or_else(|| notification.chat_id().cloned());
        let due = due.filter(|due| due.name.starts_with(DIALOGUE));
        let person = match &due {
            Some(due) => scope::person_of(&due.key),
            None => notification.sender().cloned(),
        };
        let person = person.or_else(|| chat.clone().filter(|chat| !chat.is_group()));
        Self {
            instance,
            chat,
            person,
            documents: Vec::new(),
            due,
            received,
        }
    }

    /// Adds the dialogues of the chat and the person.
    pub(crate) async fn with_dialogues(
        mut self,
        store: &Store,
    ) -> Result<Self, green_api_mailbox::Error> {
        let keys = scope::keys(self.instance, self.chat.as_ref(), self.person.as_ref());
        if !keys.is_empty() {
            let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
            self.documents = store.documents(&keys).await?;
        }
        Ok(self)
    }

    pub(crate) fn document(&self, name: &str, key: &str) -> Option<&Document> {
        let mut documents = self.documents.iter();
        documents.find(|document| document.name() == name && document.key() == key)
    }

    /// Returns the time-out that this is, unless its dialogue has gone on since it was set.
    pub(crate) fn due(&self) -> Option<&Due> {
        let due = self.due.as_ref()?;
        let document = self.document(&due.name, &due.key)?;
        (document.revision() == due.revision).then_some(due)
    }

    /// Returns `true` if this is the time-out of a dialogue that has gone on, or ended, since it was set.
    pub(crate) fn is_stale(&self) -> bool {
        self.due.is_some() && self.due().is_none()
    }

    /// Returns the notification as it was received, with its JSON and the number of the attempt.
    #[must_use]
    pub fn received(&self) -> &Received {
        &self.received
    }

    /// Returns the notification.
    #[must_use]
    pub fn notification(&self) -> &Notification {
        &self.received.notification
    }

    /// Returns the instance that it came to.
    #[must_use]
    pub fn instance(&self) -> InstanceId {
        self.instance
    }

    /// Returns the message, if somebody wrote one to the bot. The [edit](crate::filter::edited) of an earlier one is a message as well, and so is its
    /// [deletion](crate::filter::deleted).
    #[must_use]
    pub fn message(&self) -> Option<&MessageNotification> {
        self.received.notification.incoming_message()
    }

    /// Returns what somebody wrote to the bot; `None` if that is the edit of an earlier message, whose new text [`message`](Self::message) has.
    #[must_use]
    pub fn text(&self) -> Option<&str> {
        self.new_message()?.text()
    }

    /// Returns the message, unless it edits or deletes an earlier one, or could not be decrypted yet.
    pub(crate) fn new_message(&self) -> Option<&MessageNotification> {
        self.message().filter(|message| {
            let data = message.message_data.as_ref();
            let is_new = data.is_none_or(|data| ![EDITED, DELETED].contains(&data.kind()));
            // What could not be decrypted comes again as it was meant. A file that is too large does not.
            let marker = message.placeholder();
            is_new && marker.is_none_or(|marker| marker == TOO_LARGE)
        })
    }

    /// Returns the chat that it is about.
    #[must_use]
    pub fn chat(&self) -> Option<&ChatId> {
        self.chat.as_ref()
    }

    /// Returns the person that it is from: in a group the member, otherwise the chat.
    #[must_use]
    pub fn person(&self) -> Option<&ChatId> {
        self.person.as_ref()
    }

    /// Says what it is, without anything that people wrote.
    pub(crate) fn what(&self) -> String {
        match self
            .message()
            .and_then(|message| message.message_data.as_ref())
        {
            Some(data) => format!("a message of the kind {}", known(data.kind())),
            None if self.due.is_some() => "the time-out of a dialogue".to_owned(),
            None => format!(
                "a notification of the kind {}",
                known(self.notification().kind())
            ),
        }
    }
}

/// Kinds are letters; anything else is a stranger's text.
fn known(kind: &str) -> &str {
    let is_word = kind.len() <= 64 && kind.bytes().all(|byte| byte.is_ascii_alphanumeric());
    if is_word { kind } else { "unknown" }
}
