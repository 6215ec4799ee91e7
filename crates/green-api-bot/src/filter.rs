//! Which notifications a route is for.
//!
//! Filters are values: `command("help").or(text_is("help")).and(private())`. See [`Filter`].

mod command;
mod kinds;

use std::fmt;
use std::ops::Not;
use std::sync::Arc;

pub(crate) use self::command::Call;
pub use self::command::{command, commands};
pub use self::kinds::*;
use crate::Update;

/// It gets what commands begin with as well.
type Leaf = Arc<dyn Fn(&Update, &[String]) -> Option<Matched> + Send + Sync>;

/// Decides whether a notification is for a route.
///
/// ```
/// use green_api_bot::filter::{Filter, command, private, text_is};
///
/// let help = command("help").or(text_is("help")).and(private());
/// assert_eq!(help.name(), "(command /help or text \"help\") and private chat");
/// let short = Filter::new("a short text", |update| update.text().is_some_and(|text| text.len() < 10));
/// assert_eq!((!short).name(), "not a short text");
/// ```
#[derive(Clone)]
pub struct Filter {
    name: String,
    test: Test,
    pub(crate) usage: Option<String>,
    /// What keeps it from being used, such as a regular expression that is none.
    problem: Option<String>,
    /// The commands that it fits.
    commands: Vec<String>,
}

/// Whether a filter says which kinds of notifications it is for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kinds {
    Unsaid,
    Said,
    /// All messages, and nothing else.
    Messages,
}

#[derive(Clone)]
enum Test {
    Leaf(Leaf, Kinds),
    And(Box<[Filter; 2]>),
    Or(Box<[Filter; 2]>),
    Not(Box<Filter>),
}

/// What a filter found, for extractors.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Matched {
    pub(crate) captures: Option<Vec<(Option<String>, Option<String>)>>,
    pub(crate) call: Option<Call>,
    /// Why a step that it depends on cannot be read: whether the filter fits is unknown then.
    pub(crate) unreadable: Option<String>,
}

/// Why a filter fits or does not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Reason {
    pub(crate) name: String,
    pub(crate) fits: bool,
    pub(crate) parts: Vec<Reason>,
}

impl Filter {
    /// Makes a filter of a function, under a name by which explanations and errors call it. The function gets notifications of every kind, those that tell
    /// of the bot's own messages as well.
    pub fn new(
        name: impl Into<String>,
        fits: impl Fn(&Update) -> bool + Send + Sync + 'static,
    ) -> Self {
        Self::finding(name, move |update, _| fits(update).then(Matched::default))
    }

    pub(crate) fn finding(
        name: impl Into<String>,
        find: impl Fn(&Update, &[String]) -> Option<Matched> + Send + Sync + 'static,
    ) -> Self {
        Self::of(name.into(), Test::Leaf(Arc::new(find), Kinds::Said))
    }

    fn of(name: String, test: Test) -> Self {
        Self {
            name,
            test,
            usage: None,
            problem: None,
            commands: Vec::new(),
        }
    }

    /// Sets what a filter of [`new`](Self::new) says of kinds.
    fn saying(mut self, said: Kinds) -> Self {
        if let Test::Leaf(_, kinds) = &mut self.test {
            *kinds = said;
        }
        self
    }

    /// Returns the name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Fits what both fit.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        let name = format!("{} and {}", self.within(), other.within());
        self.joined(other, name, Test::And)
    }

    /// Fits what one of them fits.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        let name = format!("{} or {}", self.within(), other.within());
        self.joined(other, name, Test::Or)
    }

    /// Fits what this one does not; the same as `!filter`.
    ///
    /// A [route](crate::Router::route) of that has incoming messages alone, since what tells of the bot's own messages is not a text either, or a call.
    /// `any().and(!call())` has everything but calls, and `!message()` everything but messages.
    #[must_use]
    #[expect(
        clippy::should_implement_trait,
        reason = "it is, and chains read better with a method"
    )]
    pub fn not(self) -> Self {
        Self {
            name: format!("not {}", self.within()),
            usage: None,
            problem: self.problem.clone(),
            commands: self.commands.clone(),
            test: Test::Not(Box::new(self)),
        }
    }

    /// Sets what is answered when the arguments of a command cannot be read. Without it the fallback of the bot runs. Nothing of what the handler
    /// and its middleware have done until then is kept.
    ///
    /// ```
    /// use green_api_bot::filter::command;
    ///
    /// let order = command("order").usage("/order NUMBER DISH, such as /order 2 soup");
    /// ```
    #[must_use]
    pub fn usage(mut self, text: impl Into<String>) -> Self {
        self.usage = Some(text.into());
        self
    }

    fn joined(mut self, mut other: Self, name: String, join: fn(Box<[Self; 2]>) -> Test) -> Self {
        let usage = self.usage.take().or(other.usage.take());
        let problem = self.problem.clone().or_else(|| other.problem.clone());
        let commands = [&*self.commands, &*other.commands].concat();
        let test = join(Box::new([self, other]));
        Self {
            name,
            test,
            usage,
            problem,
            commands,
        }
    }

    /// Says what keeps it from being used where commands begin so.
    pub(crate) fn problem(&self, prefixes: &[String]) -> Option<String> {
        let mut commands = self.commands.iter();
        let of_command = || commands.find_map(|name| command::problem(name, prefixes));
        self.problem.clone().or_else(of_command)
    }

    fn says_kinds(&self) -> bool {
        match &self.test {
            Test::Leaf(_, kinds) => *kinds != Kinds::Unsaid,
            Test::And(both) => both.iter().any(Self::says_kinds),
            Test::Or(both) => both.iter().all(Self::says_kinds),
            Test::Not(inner) => matches!(inner.test, Test::Leaf(_, Kinds::Messages)),
        }
    }

    /// Adds [`message`] where no kind of notification is said. Otherwise a bot would answer what tells of its own messages, without end.
    pub(crate) fn kept_to_messages(self) -> Self {
        if self.says_kinds() {
            return self;
        }
        let usage = self.usage.clone();
        let kept = match self.test {
            Test::Or(both) => {
                let [one, other] = (*both).map(Self::kept_to_messages);
                one.or(other)
            }
            _ => self.and(message()),
        };
        Self { usage, ..kept }
    }

    /// The name as a part of a longer one.
    fn within(&self) -> String {
        match self.test {
            Test::And(_) | Test::Or(_) => format!("({})", self.name),
            Test::Leaf(..) | Test::Not(_) => self.name.clone(),
        }
    }

    pub(crate) fn find(&self, update: &Update, prefixes: &[String]) -> Option<Matched> {
        match &self.test {
            Test::Leaf(find, _) => find(update, prefixes),
            Test::And(both) => {
                let first = both[0].find(update, prefixes)?;
                let second = both[1].find(update, prefixes)?;
                Some(Matched {
                    captures: first.captures.or(second.captures),
                    call: first.call.or(second.call),
                    unreadable: first.unreadable.or(second.unreadable),
                })
            }
            Test::Or(both) => {
                let is_known = |found: &Matched| found.unreadable.is_none();
                let first = both[0].find(update, prefixes);
                if first.as_ref().is_some_and(is_known) {
                    return first;
                }
                let second = both[1].find(update, prefixes);
                second
                    .filter(|second| first.is_none() || is_known(second))
                    .or(first)
            }
            Test::Not(inner) => match inner.find(update, prefixes) {
                Some(found) => found.unreadable.is_some().then_some(found),
                None => Some(Matched::default()),
            },
        }
    }

    pub(crate) fn explain(&self, update: &Update, prefixes: &[String]) -> Reason {
        let parts = match &self.test {
            Test::Leaf(..) => Vec::new(),
            Test::And(both) | Test::Or(both) => both
                .iter()
                .map(|part| part.explain(update, prefixes))
                .collect(),
            Test::Not(inner) => vec![inner.explain(update, prefixes)],
        };
        Reason {
            name: self.name.clone(),
            fits: self
                .find(update, prefixes)
                .is_some_and(|matched| matched.unreadable.is_none()),
            parts,
        }
    }
}

impl Not for Filter {
    type Output = Self;

    fn not(self) -> Self {
        Self::not(self)
    }
}

impl fmt::Debug for Filter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Filter").field(&self.name).finish()
    }
}
