//! Where a person is in a conversation, kept in the store.

use std::fmt;
use std::marker::PhantomData;
use std::time::Duration;

use green_api::{BoxError, HandlerError};
use serde::Deserialize as _;

use crate::Context;
use crate::extract::{Extract, Rejection};
use crate::state::{Change, DialogueState, Kept, document_name, kept, key_in, read};

/// How many steps [`Dialogue::back`] can go.
const PAST: usize = 20;

/// A person's dialogue, to go on with. What a handler does with it is part of its commit.
pub struct Dialogue<S> {
    context: Context,
    key: String,
    state: PhantomData<fn() -> S>,
}

/// The step of a dialogue at which a message came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step<S>(pub S);

impl<S: DialogueState> Dialogue<S> {
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
    /// A [hopeless](HandlerError::hopeless) error if what is kept cannot be read: a newer version of the program may read it.
    pub fn back(&self) -> Result<Option<S>, BoxError> {
        let Some(mut kept) = self.current().map_err(HandlerError::hopeless)? else {
            return Ok(None);
        };
        let Some(step) = kept.past.pop() else {
            return Ok(None);
        };
        let state = read::<S>(S::VERSION, step.clone()).map_err(HandlerError::hopeless)?;
        kept.step = step;
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
                self.context.own().dialogues.problem.get_or_insert(problem);
                return;
            }
        };
        let mut past = Vec::new();
        if let Ok(Some(kept)) = self.current() {
            past = kept.past;
            past.push(kept.step);
        }
        past.drain(..past.len().saturating_sub(PAST));
        self.set(Some(Kept { step, past }), timeout);
    }

    /// Returns what is kept, as this version has it, with what the handler has changed so far.
    fn current(&self) -> Result<Option<Kept>, BoxError> {
        let name = document_name::<S>();
        if let Some(change) = self.context.own().dialogues.all.get(&name) {
            return Ok(change.kept.clone());
        }
        let document = self.context.update().document(&name, &self.key);
        document
            .map(|document| migrated::<S>(document.version(), Kept::deserialize(document.value())?))
            .transpose()
    }

    fn set(&self, kept: Option<Kept>, timeout: Option<Duration>) {
        let change = Change {
            key: self.key.clone(),
            version: S::VERSION,
            kept,
            timeout,
        };
        let changes = &mut self.context.own().dialogues.all;
        changes.insert(document_name::<S>(), change);
    }
}

/// Makes steps of this version of those of another one. The way back ends at a step that cannot be read.
fn migrated<S: DialogueState>(version: u32, kept: Kept) -> Result<Kept, BoxError> {
    if version == S::VERSION {
        return Ok(kept);
    }
    let migrated =
        |step| -> Result<_, BoxError> { Ok(serde_json::to_value(read::<S>(version, step)?)?) };
    let past = kept.past.into_iter().rev();
    let mut past: Vec<_> = past.map_while(|step| migrated(step).ok()).collect();
    past.reverse();
    Ok(Kept {
        step: migrated(kept.step)?,
        past,
    })
}

impl<S: DialogueState> Extract for Dialogue<S> {
    fn extract(context: &Context) -> Result<Self, Rejection> {
        let key = key_in::<S>(context.update());
        Ok(Self {
            context: context.clone(),
            key: key.ok_or(Rejection::Missing("person or chat to be in a dialogue"))?,
            state: PhantomData,
        })
    }
}

impl<S: DialogueState> Extract for Step<S> {
    fn extract(context: &Context) -> Result<Self, Rejection> {
        let kept = kept::<S>(context.update());
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
