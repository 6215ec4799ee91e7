//! Calls by documented name, with the input as JSON.

mod read;

use std::future::Future;
use std::pin::Pin;

use green_api_types::lenient;
use green_api_types::models::ChatId;
use green_api_types::operation::Operation;
use serde_json::{Map, Value};

use self::read::{as_field, read};
use super::{Account, Answer, Call, Options, Request, RequestParts, deliver};
use crate::Error;

/// Reads the request of one operation for an account.
pub type ByName<A> = fn(&A, RequestParts) -> Result<Box<dyn Ready>, Error>;

/// A request whose input has been read, of any operation.
pub trait Ready: Send {
    fn call(self: Box<Self>) -> Calling;
    fn into_parts(self: Box<Self>) -> Result<RequestParts, Error>;
}

/// A call under way.
pub type Calling = Pin<Box<dyn Future<Output = Result<Answer, Error>> + Send>>;

/// The deepest arguments that make sense; the limit keeps what walks them from overflowing the stack.
const DEEPEST: usize = 64;
/// The longest name; far longer ones are no name.
const LONGEST_NAME: usize = 64;
/// The longest name that is shown. A token is longer.
const LONGEST_SHOWN: usize = 48;

/// Returns the parts of a request to the operation of that documented name, with the input as it is given.
pub(crate) fn parts(name: &str, input: Value, has_extra: bool) -> Result<RequestParts, Error> {
    let unknown = || Error::invalid(shown_name(name), unknown_operation(name));
    let operation = Operation::find(name).ok_or_else(unknown)?;
    let parts = RequestParts::new(operation, input);
    Ok(RequestParts { has_extra, ..parts })
}

/// Reads and checks the parts of a request.
pub(crate) fn ready<A: Account>(
    account: &A,
    mut parts: RequestParts,
) -> Result<Box<dyn Ready>, Error> {
    let operation = parts.operation;
    let invalid = |message: String| Error::invalid(operation.id, message);
    if is_deeper(&parts.input, DEEPEST) {
        let message = format!("the arguments are nested more than {DEEPEST} deep");
        return Err(invalid(message));
    }
    let mut fields = fields(parts.input).map_err(invalid)?.unwrap_or_default();
    if !parts.has_extra
        && let Some(message) = unknown_argument(operation, &fields)
    {
        return Err(invalid(message));
    }
    for path in operation.chats {
        let place = |value: &mut Value| read_chat(value);
        change(&mut fields, path, &place).map_err(|reason| {
            let path = path.replace("/*", "").replace('/', ".");
            invalid(format!("`{path}`: {reason}"))
        })?;
    }
    let read = A::operation(operation.id)
        .ok_or_else(|| invalid("the operation is called with other credentials".to_owned()))?;
    parts.input = Value::Object(fields);
    read(account, parts)
}

/// Reads a request to the operation `O`: one arm of the generated dispatch.
pub(crate) fn by_name<O: Call>(
    account: &O::Account,
    parts: RequestParts,
) -> Result<Box<dyn Ready>, Error> {
    Ok(Box::new(request::<O>(account, parts)?))
}

impl<O: Call> Ready for Request<O> {
    fn call(mut self: Box<Self>) -> Calling {
        Box::pin(async move { deliver(&mut self).await?.whole() })
    }

    fn into_parts(self: Box<Self>) -> Result<RequestParts, Error> {
        Self::into_parts(*self)
    }
}

fn request<O: Call>(account: &O::Account, parts: RequestParts) -> Result<Request<O>, Error> {
    let (mut known, mut options) = sorted(O::OPERATION, parts.input);
    if parts.file.is_some() {
        let name = O::FILE.ok_or_else(|| Error::invalid(O::OPERATION.id, "it takes no file"))?;
        // In the place of the file while the others are read.
        known.insert(name.to_owned(), Value::String(String::new()));
    }
    let known = Value::Object(known);
    let mut input = read(O::OPERATION, known, parts.has_extra, &mut options.extra)?;
    if let Some((place, file)) = O::file(&mut input).zip(parts.file) {
        *place = file;
    }
    (options.timeout, options.retry) = (parts.timeout, parts.retry);
    Ok(Request {
        options,
        ..Request::new(account, input)
    })
}

/// What the operation's type reads, and what is sent beside it.
fn sorted(operation: &Operation, input: Value) -> (Map<String, Value>, Options) {
    let (mut known, mut options) = (Map::new(), Options::default());
    if let Value::Object(fields) = input {
        for (name, value) in fields {
            if is_argument(operation, &name) {
                known.insert(name, value);
            } else {
                options.add_extra(operation, name, value);
            }
        }
    }
    (known, options)
}

/// The fields of the arguments, if there are any arguments.
pub(super) fn fields(input: Value) -> Result<Option<Map<String, Value>>, String> {
    match input {
        Value::Null => Ok(None),
        Value::Object(fields) => Ok(Some(fields)),
        _ => Err("the arguments must be a JSON object".to_owned()),
    }
}

pub(super) fn is_name(name: &str) -> bool {
    let good = |byte: u8| byte.is_ascii_alphanumeric();
    !name.is_empty() && name.len() <= LONGEST_NAME && name.bytes().all(good)
}

/// The name in errors and spans. What cannot be one may be a path with a token in it, or a token.
pub(super) fn shown_name(name: &str) -> &str {
    if is_name(name) && name.len() <= LONGEST_SHOWN {
        name
    } else {
        "unlisted operation"
    }
}

/// Says that no operation has this name, and which may be meant.
pub(super) fn unknown_operation(name: &str) -> String {
    let meant = did_you_mean(&Operation::similar(name));
    format!("there is no operation of this name{meant}")
}

pub(super) fn is_argument(operation: &Operation, name: &str) -> bool {
    let mut arguments = operation.arguments.iter();
    arguments.any(|argument| argument.name == name)
}

fn unknown_argument(operation: &Operation, fields: &Map<String, Value>) -> Option<String> {
    let unknown = fields.keys().find(|key| !is_argument(operation, key))?;
    let similar = operation.similar_arguments(unknown);
    let instead = if operation.arguments.is_empty() {
        "; the operation takes no arguments".to_owned()
    } else if similar.is_empty() {
        let known: Vec<&str> = operation.arguments.iter().map(|known| known.name).collect();
        format!("; the operation takes {}", known.join(", "))
    } else {
        did_you_mean(&similar)
    };
    Some(match as_field(unknown) {
        Some(unknown) => format!("there is no argument `{unknown}`{instead}"),
        None => format!("there is no argument of such a name{instead}"),
    })
}

fn did_you_mean(names: &[&str]) -> String {
    let names: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    match names.split_last() {
        None => String::new(),
        Some((only, [])) => format!("; did you mean {only}?"),
        Some((last, others)) => format!("; did you mean {} or {last}?", others.join(", ")),
    }
}

fn is_deeper(value: &Value, depth: usize) -> bool {
    let Some(inside) = depth.checked_sub(1) else {
        return true;
    };
    match value {
        Value::Array(items) => items.iter().any(|item| is_deeper(item, inside)),
        Value::Object(fields) => fields.values().any(|value| is_deeper(value, inside)),
        _ => false,
    }
}

/// Changes what a path such as `participants/*` leads to.
fn change<E>(
    fields: &mut Map<String, Value>,
    path: &str,
    place: &impl Fn(&mut Value) -> Result<(), E>,
) -> Result<(), E> {
    let (first, rest) = path.split_once('/').unwrap_or((path, ""));
    let Some(value) = fields.get_mut(first) else {
        return Ok(());
    };
    match (rest.strip_prefix('*'), value) {
        (_, value) if rest.is_empty() => place(value),
        (Some(rest), Value::Array(items)) => {
            let rest = rest.trim_start_matches('/');
            items.iter_mut().try_for_each(|item| match item {
                item if rest.is_empty() => place(item),
                Value::Object(fields) => change(fields, rest, place),
                _ => Ok(()),
            })
        }
        (None, Value::Object(fields)) => change(fields, rest, place),
        _ => Ok(()),
    }
}

/// Reads a chat as people write it. Ids of other forms than a person's are the server's own, and stay as they are.
fn read_chat(value: &mut Value) -> Result<(), String> {
    // The type says what is wrong with the others.
    if !value.is_string() && !value.is_number() {
        return Ok(());
    }
    let text: String = lenient::read(&*value).map_err(|error| error.to_string())?;
    let person = text.rsplit_once('@').is_none_or(|(_, server)| {
        let letters: String = server.chars().filter(char::is_ascii_alphanumeric).collect();
        // With a Cyrillic letter, "us" is left of "c.us".
        let letters = letters.to_ascii_lowercase();
        matches!(letters.as_str(), "cus" | "us" | "" | "swhatsappnet")
    });
    if person {
        let chat: ChatId = text
            .parse()
            .map_err(|error: green_api_types::models::ParseChatIdError| error.to_string())?;
        *value = Value::String(chat.as_str().to_owned());
    }
    Ok(())
}
