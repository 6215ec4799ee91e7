//! The language that a person has chosen.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{FromFn, Next, from_fn};
use crate::extract::{Extract, Rejection};
use crate::state::kept;
use crate::{Context, Dialogue, DialogueState, HandlerResult, Scope};

/// The languages of a bot, the first of which is spoken with whoever has not chosen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Languages(Arc<[String]>);

/// The language of a person: an extractor behind [`languages`]. It is kept in the store, for each person and instance.
pub struct Language {
    chosen: String,
    languages: Languages,
    dialogue: Dialogue<Chosen>,
}

#[derive(Deserialize, Serialize)]
struct Chosen(String);

impl DialogueState for Chosen {
    const NAME: &'static str = "language";
    const SCOPE: Scope = Scope::Person;
}

/// Gives handlers the [`Language`] that the person has chosen, out of these.
///
/// ```
/// use green_api_bot::filter::{commands, pressed};
/// use green_api_bot::middleware::{Language, languages};
/// use green_api_bot::{Chat, HandlerResult, Router};
///
/// async fn hello(chat: Chat, language: Language) -> HandlerResult {
///     chat.reply(match language.code() { "es" => "¡Hola!", _ => "Hello!" })
/// }
///
/// async fn spanish(chat: Chat, language: Language) -> HandlerResult {
///     language.choose("es")?;
///     chat.reply("Hablamos español.")
/// }
///
/// let router = Router::new()
///     .route(commands(["hello", "hola"]), hello)
///     .route(pressed("Español"), spanish)
///     .layer(languages(["en", "es"]));
/// ```
pub fn languages(codes: impl IntoIterator<Item = impl Into<String>>) -> FromFn {
    let languages = Languages(codes.into_iter().map(Into::into).collect());
    from_fn(move |context: Context, next: Next| {
        context.insert(languages.clone());
        next.run(context)
    })
}

impl Language {
    /// Returns the code of the language, as it was given to [`languages`].
    #[must_use]
    pub fn code(&self) -> &str {
        &self.chosen
    }

    /// Chooses another one for the person, from the next message on.
    ///
    /// # Errors
    ///
    /// An error if the bot does not have it.
    pub fn choose(&self, code: &str) -> HandlerResult {
        if !self.languages.0.iter().any(|known| known == code) {
            return Err("the bot does not have this language".into());
        }
        self.dialogue.enter(Chosen(code.to_owned()));
        Ok(())
    }
}

impl Extract for Language {
    fn extract(context: &Context) -> Result<Self, Rejection> {
        let languages = context.get::<Languages>();
        let missing = Rejection::Missing("language, since its route is not behind `languages`");
        let languages = Languages::clone(&*languages.ok_or(missing)?);
        let kept = kept::<Chosen>(context.update());
        let kept = kept.map_err(Rejection::Failed)?.map(|Chosen(code)| code);
        let chosen = kept.filter(|code| languages.0.contains(code));
        let chosen = chosen.or_else(|| languages.0.first().cloned());
        Ok(Self {
            chosen: chosen.unwrap_or_default(),
            dialogue: Dialogue::extract(context)?,
            languages,
        })
    }
}

impl fmt::Debug for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Language").field(&self.chosen).finish()
    }
}
