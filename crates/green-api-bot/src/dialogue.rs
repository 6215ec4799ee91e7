//! Where a person is in a conversation, kept in the store.

pub(crate) mod keys;

use std::collections::BTreeMap;
use std::fmt;
use std::marker::PhantomData;
use std::time::Duration;

use green_api::{BoxError, HandlerError};
use green_api_mailbox::DocumentDraft;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::extract::{Extract, Rejection};
use crate::{Context, Update};

/// How many steps [`Dialogue::back`] can go.
const PAST: usize = 20;

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

    /// Whose step it is (default: of a person in a chat).
    const SCOPE: Scope = Scope::PersonInChat;

    /// The version of the type (default: 1). Raise it when a step that is kept cannot be read any more, and [`migrate`](Self::migrate).
    const VERSION: u32 = 1;

    /// How long a step lasts (default: for ever); [`timed_out`](crate::filter::timed_out) is the route of its end.
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

/// Whose step in a dialogue it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Scope {
    /// That of a person in a chat: two members of a group are in two dialogues.
    PersonInChat,
    /// That of a person, in whichever chat.
    Person,
    /// That of a chat: all members of a group are in one dialogue.
    Chat,
}

/// A person's dialogue, to go on with. What a handler does with it is part of its commit.
pub struct Dialogue<S> {
    context: Context,
    key: String,
    state: PhantomData<fn() -> S>,
}

/// The step of a dialogue at which a message came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step<S>(pub S);

/// A dialogue as it is kept.
#[derive(Clone, Default, Deserialize, Serialize)]
struct Kept {
    step: Value,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    past: Vec<Value>,
}

/// What becomes of dialogues at the end of the handler, by the names of their documents; and what keeps that from being written.
#[derive(Default)]
pub(crate) struct Changes(BTreeMap<String, Change>, Option<String>);

struct Change {
    key: String,
    version: u32,
    /// `None` leaves it.
    kept: Option<Kept>,
    timeout: Option<Duration>,
}

impl<S: DialogueState> Dialogue<S> {
    pub(crate) fn document_name() -> String {
        format!("dialogue/{}", S::NAME)
    }

    fn key_in(update: &Update) -> Option<String> {
        keys::of(S::SCOPE, update.instance(), update.chat(), update.person())
    }

    pub(crate) fn is_kept(update: &Update) -> bool {
        let key = Self::key_in(update);
        key.is_some_and(|key| update.document(&Self::document_name(), &key).is_some())
    }

    /// Returns the step that is kept in the store.
    pub(crate) fn kept(update: &Update) -> Result<Option<S>, BoxError> {
        let Some(key) = Self::key_in(update) else {
            return Ok(None);
        };
        let Some(document) = update.document(&Self::document_name(), &key) else {
            return Ok(None);
        };
        let kept = Kept::deserialize(document.value())?;
        Self::read(document.version(), kept.step).map(Some)
    }

    fn read(version: u32, step: Value) -> Result<S, BoxError> {
        let read = match version {
            version if version == S::VERSION => serde_json::from_value(step).map_err(Into::into),
            version => S::migrate(version, step),
        };
        // What serde says can repeat what a person has said.
        read.map_err(
            |error: BoxError| match error.downcast::<serde_json::Error>() {
                Ok(_) => {
                    format!("what is kept of the dialogue {} is no step of it", S::NAME).into()
                }
                Err(error) => error,
            },
        )
    }

    /// Goes to a step, from another one or from outside. Where the person was is kept for [`back`](Self::back).
    pub fn enter(&self, step: S) {
        self.go(&step, S::TIMEOUT);
    }

    /// Goes to a step that lasts for so long, whatever [`DialogueState::TIMEOUT`] says.
    pub fn enter_for(&self, timeout: Duration, step: S) {
        self.go(&step, Some(timeout));
    }

    /// Ends the dialogue.
    pub fn leave(&self) {
        self.set(None, None);
    }

    /// Goes back to the step before, and returns it; `None` if there was no other, and then nothing changes. It goes 20 steps back.
    ///
    /// # Errors
    ///
    /// An error if what is kept cannot be read.
    pub fn back(&self) -> Result<Option<S>, BoxError> {
        let Some((version, mut kept)) = self.current()? else {
            return Ok(None);
        };
        let Some(step) = kept.past.pop() else {
            return Ok(None);
        };
        let state = Self::read(version, step)?;
        kept.step = serde_json::to_value(&state)?;
        self.set(Some(kept), S::TIMEOUT);
        Ok(Some(state))
    }

    fn go(&self, step: &S, timeout: Option<Duration>) {
        let step = match serde_json::to_value(step) {
            Ok(step) => step,
            Err(_) => {
                let problem = format!(
                    "a step of the dialogue {} cannot be written as JSON",
                    S::NAME
                );
                self.context.own().dialogues.1.get_or_insert(problem);
                return;
            }
        };
        let current = self.current().ok().flatten();
        // Steps of another version would have to be migrated one by one.
        let mut past = match current {
            Some((version, kept)) if version == S::VERSION => {
                let mut past = kept.past;
                past.push(kept.step);
                past
            }
            _ => Vec::new(),
        };
        past.drain(..past.len().saturating_sub(PAST));
        self.set(Some(Kept { step, past }), timeout);
    }

    /// Returns what is kept, with what the handler has changed so far.
    fn current(&self) -> Result<Option<(u32, Kept)>, BoxError> {
        let name = Self::document_name();
        if let Some(change) = self.context.own().dialogues.0.get(&name) {
            return Ok(change.kept.clone().map(|kept| (change.version, kept)));
        }
        let document = self.context.update().document(&name, &self.key);
        document
            .map(|document| Ok((document.version(), Kept::deserialize(document.value())?)))
            .transpose()
    }

    fn set(&self, kept: Option<Kept>, timeout: Option<Duration>) {
        let change = Change {
            key: self.key.clone(),
            version: S::VERSION,
            kept,
            timeout,
        };
        let changes = &mut self.context.own().dialogues.0;
        changes.insert(Self::document_name(), change);
    }
}

impl Changes {
    pub(crate) fn write(mut self, context: &Context) -> Result<(), BoxError> {
        if let Some(problem) = self.1 {
            return Err(problem.into());
        }
        let update = context.update();
        if let Some(due) = update.due() {
            // Its time is over, unless the handler went on with it.
            self.0.entry(due.name.clone()).or_insert_with(|| Change {
                key: due.key.clone(),
                version: 0,
                kept: None,
                timeout: None,
            });
        }
        let commit = context.commit();
        for (name, change) in self.0 {
            let found = update.document(&name, &change.key);
            let revision = found.map(green_api_mailbox::Document::revision);
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

impl<S: DialogueState> Extract for Dialogue<S> {
    fn extract(context: &Context) -> Result<Self, Rejection> {
        let key = Self::key_in(context.update());
        Ok(Self {
            context: context.clone(),
            key: key.ok_or(Rejection::Missing("person or chat to be in a dialogue"))?,
            state: PhantomData,
        })
    }
}

impl<S: DialogueState> Extract for Step<S> {
    fn extract(context: &Context) -> Result<Self, Rejection> {
        let kept = Dialogue::<S>::kept(context.update());
        // A newer version of the program may read it.
        let kept = kept.map_err(|error| Rejection::Failed(HandlerError::hopeless(error).into()))?;
        kept.map(Self).ok_or(Rejection::Missing(
            "step, since the person is not in the dialogue",
        ))
    }
}

impl<S> fmt::Debug for Dialogue<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Dialogue").finish_non_exhaustive()
    }
}
