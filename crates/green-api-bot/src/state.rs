//! The steps of dialogues, as they are kept.

use std::collections::BTreeMap;
use std::time::Duration;

use green_api::BoxError;
use green_api_mailbox::{Commit, Document, DocumentDraft};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::Update;
use crate::scope::{self, Scope};
use crate::update::DIALOGUE;

/// The steps of a dialogue: an enum of yours, with what is known at each step.
///
/// ```
/// use std::time::Duration;
/// use green_api_bot::{Chat, Dialogue, DialogueState, HandlerResult, Step, extract::Text};
/// use serde::{Deserialize, Serialize};
///
/// #[derive(Deserialize, Serialize)]
/// enum SignUp {
///     Name,
///     Town { name: String },
/// }
///
/// impl DialogueState for SignUp {
///     const NAME: &'static str = "sign-up";
///     const TIMEOUT: Option<Duration> = Some(Duration::from_secs(600));
/// }
///
/// async fn sign_up(chat: Chat, Text(text): Text, Step(step): Step<SignUp>, dialogue: Dialogue<SignUp>) -> HandlerResult {
///     match step {
///         SignUp::Name => {
///             dialogue.enter(SignUp::Town { name: text });
///             chat.reply("And where do you live?")
///         }
///         SignUp::Town { name } => {
///             dialogue.leave();
///             chat.reply(format!("Welcome, {name} from {text}."))
///         }
///     }
/// }
/// ```
pub trait DialogueState: Serialize + DeserializeOwned + Send + Sync + 'static {
    /// The name, by which dialogues of one person are told apart. One that is changed is another dialogue.
    const NAME: &'static str;

    /// The owner of a step (default: a person in a chat).
    const SCOPE: Scope = Scope::PersonInChat;

    /// The version of the type (default: 1). Raise it when a step that is kept cannot be read any more, and [`migrate`](Self::migrate).
    const VERSION: u32 = 1;

    /// The time limit of a step (default: none); [`timed_out`](crate::filter::timed_out) matches its end. After a start or an outage a step ends only
    /// once what was said meanwhile has been received.
    const TIMEOUT: Option<Duration> = None;

    /// Reads a step that an earlier version of the program has kept.
    ///
    /// # Errors
    ///
    /// An error if it cannot be read, which is the default.
    fn migrate(version: u32, step: Value) -> Result<Self, BoxError> {
        let _ = step;
        Err(format!(
            "version {version} of it is not migrated to {}",
            Self::VERSION
        )
        .into())
    }
}

/// A dialogue as it is kept.
#[derive(Clone, Deserialize, Serialize)]
pub(crate) struct Kept {
    pub(crate) step: Value,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) past: Vec<Value>,
}

/// What becomes of dialogues at the end of the handler, by the names of their documents.
#[derive(Default)]
pub(crate) struct Changes {
    pub(crate) all: BTreeMap<String, Change>,
    /// Why a step cannot be kept.
    pub(crate) problem: Option<String>,
}

pub(crate) struct Change {
    pub(crate) key: String,
    pub(crate) version: u32,
    /// `None` leaves it.
    pub(crate) kept: Option<Kept>,
    pub(crate) timeout: Option<Duration>,
}

/// Returns the name under which the dialogue is kept.
pub(crate) fn document_name<S: DialogueState>() -> String {
    format!("{DIALOGUE}{}", S::NAME)
}

/// Returns the key under which it is kept; `None` if there is no such person or chat.
pub(crate) fn key_in<S: DialogueState>(update: &Update) -> Option<String> {
    scope::key(S::SCOPE, update.instance(), update.chat(), update.person())
}

/// Returns whether the person is in the dialogue.
pub(crate) fn is_kept<S: DialogueState>(update: &Update) -> bool {
    let key = key_in::<S>(update);
    key.is_some_and(|key| update.document(&document_name::<S>(), &key).is_some())
}

/// Returns the step that is kept in the store.
pub(crate) fn kept<S: DialogueState>(update: &Update) -> Result<Option<S>, BoxError> {
    let Some(key) = key_in::<S>(update) else {
        return Ok(None);
    };
    let Some(document) = update.document(&document_name::<S>(), &key) else {
        return Ok(None);
    };
    let kept = Kept::deserialize(document.value())?;
    read(document.version(), kept.step).map(Some)
}

/// Reads a step of this or an earlier version.
pub(crate) fn read<S: DialogueState>(version: u32, step: Value) -> Result<S, BoxError> {
    let read = match version {
        version if version == S::VERSION => serde_json::from_value(step).map_err(Into::into),
        version => S::migrate(version, step),
    };
    // What serde says can repeat what a person has said.
    read.map_err(
        |error: BoxError| match error.downcast::<serde_json::Error>() {
            Ok(_) => format!("what is kept of the dialogue {} is no step of it", S::NAME).into(),
            Err(error) => error,
        },
    )
}

impl Changes {
    /// Puts them into the commit of what was handled.
    pub(crate) fn write(mut self, update: &Update, commit: &Commit) -> Result<(), BoxError> {
        if let Some(problem) = self.problem {
            return Err(problem.into());
        }
        if let Some(due) = update.due() {
            // Its time is over, unless the handler went on with it.
            self.all.entry(due.name.clone()).or_insert_with(|| Change {
                key: due.key.clone(),
                version: 0,
                kept: None,
                timeout: None,
            });
        }
        for (name, change) in self.all {
            let found = update.document(&name, &change.key);
            let revision = found.map(Document::revision);
            let Some(kept) = change.kept else {
                if let Some(revision) = revision {
                    commit.remove_document(&name, &change.key, revision)?;
                }
                continue;
            };
            let mut draft = DocumentDraft::new(&name, &change.key, &kept)?
                .version(change.version)
                .revision(revision);
            if let (Some(timeout), Some(chat)) = (change.timeout, update.chat()) {
                let time = commit.store().time().checked_add(timeout);
                if let Some(time) = time {
                    draft = draft.due(time, update.instance(), chat.as_str());
                }
            }
            commit.set_document(draft)?;
        }
        Ok(())
    }
}
