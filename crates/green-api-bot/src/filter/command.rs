//! Commands: a prefix, a word, and arguments.

use super::{Filter, Matched};

/// A command that somebody gave.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Call {
    /// The name under which the route has it.
    pub(crate) name: String,
    /// What comes after it.
    pub(crate) arguments: String,
}

/// Fits a command by its name, such as `/help`, whatever comes after it and in whatever case it is written.
///
/// The name has neither the prefix nor a space: what cannot be a command is an error when the bot starts. The prefix is `/`, unless
/// [`Router::prefixes`](crate::Router::prefixes) sets others. [`Args`](crate::extract::Args) reads the arguments.
pub fn command(name: impl Into<String>) -> Filter {
    commands([name])
}

/// Fits a command that has several names, such as one for each language.
///
/// ```
/// use green_api_bot::filter::commands;
///
/// assert_eq!(commands(["help", "ayuda", "hilfe"]).name(), "command /help, /ayuda, /hilfe");
/// ```
pub fn commands(names: impl IntoIterator<Item = impl Into<String>>) -> Filter {
    let names: Vec<String> = names.into_iter().map(Into::into).collect();
    let shown: Vec<String> = names.iter().map(|name| format!("/{name}")).collect();
    let commands = names.clone();
    let name = format!("command {}", shown.join(", "));
    let filter = Filter::finding(name, move |update, prefixes| {
        let text = update.text()?.trim();
        let prefixes = prefixes.iter();
        let rest = prefixes.filter_map(|prefix| text.strip_prefix(prefix.as_str()));
        let call = rest.filter_map(|rest| call(rest, &names)).next()?;
        Some(Matched {
            call: Some(call),
            ..Matched::default()
        })
    });
    Filter { commands, ..filter }
}

/// Says why nobody can give a command of this name.
pub(super) fn problem(name: &str, prefixes: &[String]) -> Option<String> {
    if name.is_empty() {
        return Some("a command has no name".to_owned());
    }
    if name.contains(char::is_whitespace) {
        return Some(format!(
            "the name of a command is one word, which {name:?} is not"
        ));
    }
    // Behind an empty prefix any name can be given.
    let has_prefix = |prefix: &String| name.starts_with(prefix.as_str());
    let twice = prefixes.iter().all(|prefix| !prefix.is_empty()) && prefixes.iter().any(has_prefix);
    twice.then(|| format!("the command {name:?} is to be named without its prefix"))
}

fn call(rest: &str, names: &[String]) -> Option<Call> {
    let (word, arguments) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
    let word = word.to_lowercase();
    let name = names.iter().find(|name| name.to_lowercase() == word)?;
    Some(Call {
        name: name.clone(),
        arguments: arguments.trim().to_owned(),
    })
}
