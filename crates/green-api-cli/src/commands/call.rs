//! `green-api call`.

use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use green_api::operation::{Body, Operation, Place};
use green_api::{Instance, Partner, operations};
use serde_json::{Map, Value, json};

use super::Task;
use super::input::{content, standard_input, text_in};
use super::plan::{Plan, by_name, unchecked};
use crate::account::{Account, Unlisted};
use crate::args::{CallArgs, LimitArgs};
use crate::failure::{Failure, Stop};
use crate::terminal::{ArgumentEvent, Event, Terminal};
use crate::text::one_line;

/// The longest name of an operation. A token is longer.
const LONGEST_NAME: usize = 48;

pub(crate) fn prepare(
    args: CallArgs,
    profile: Option<&str>,
    terminal: &mut Terminal,
) -> Result<Task, Stop> {
    let name = args.operation.as_deref().unwrap_or_default();
    let arguments = arguments(name, &args)?;
    let known = Operation::find(name);
    check(name, &args, known)?;
    if args.unchecked {
        warn_of_unknown(name, known, &arguments, terminal);
    }
    let partner = known.map_or(args.partner, |known| known.family == "partner");
    if partner {
        plan::<Partner>(name, &args, known, arguments).prepare(profile, terminal)
    } else {
        plan::<Instance>(name, &args, known, arguments).prepare(profile, terminal)
    }
}

fn plan<A: Account>(
    name: &str,
    args: &CallArgs,
    known: Option<&Operation>,
    arguments: Value,
) -> Plan<A> {
    let unlisted = args.verb.filter(|_| known.is_none()).map(|verb| Unlisted {
        verb,
        segments: args.segments.clone(),
    });
    let step = if args.unchecked {
        unchecked(name, unlisted, arguments, |_| None)
    } else {
        by_name(name, arguments, |_| None)
    };
    Plan::one(step, args.limit)
}

/// Checks that the flags fit the operation.
fn check(name: &str, args: &CallArgs, known: Option<&Operation>) -> Result<(), Failure> {
    let message = match known {
        None if args.unchecked && args.verb.is_none() => {
            let meant = instead(&Operation::similar(name));
            format!(
                "this version knows no operation {}{meant}; if it is meant, write its verb, such as --verb POST",
                shown(name)
            )
        }
        None if args.unchecked && !args.files.is_empty() => {
            "--file: an operation that this version does not know takes no files".to_owned()
        }
        Some(known) if args.verb.is_some() => {
            format!(
                "--verb: this version knows {} and its verb, so leave it out",
                known.id
            )
        }
        _ => return Ok(()),
    };
    Err(Failure::unsent(message))
}

/// Warns of what this version does not know, which may be a slip of the pen and is sent all the same.
fn warn_of_unknown(
    name: &str,
    known: Option<&Operation>,
    arguments: &Value,
    terminal: &mut Terminal,
) {
    let Some(known) = known else {
        let meant = instead(&Operation::similar(name));
        terminal.warn(&format!(
            "this version knows no operation {}{meant}",
            shown(name)
        ));
        return;
    };
    for (argument, _) in arguments.as_object().into_iter().flatten() {
        if !known.arguments.iter().any(|known| known.name == argument) {
            let meant = instead(&known.similar_arguments(argument));
            terminal.warn(&format!(
                "{} has no argument {} that this version knows{meant}",
                known.id,
                one_line(argument)
            ));
        }
    }
}

/// The name in what is told. What cannot be one may be an address, with a token in it.
fn shown(name: &str) -> &str {
    let good = |byte: u8| byte.is_ascii_alphanumeric();
    if name.len() <= LONGEST_NAME && name.bytes().all(good) {
        name
    } else {
        "of this name"
    }
}

/// Returns the question whether one of these names is meant.
pub(crate) fn instead(names: &[&str]) -> String {
    match names.split_last() {
        None => String::new(),
        Some((only, [])) => format!("; did you mean {only}?"),
        Some((last, others)) => format!("; did you mean {} or {last}?", others.join(", ")),
    }
}

/// Returns the arguments in `--body` and `--file`.
fn arguments(operation: &str, args: &CallArgs) -> Result<Value, Failure> {
    let mut arguments = match &args.body {
        Some(body) => parse(&read(body, args.limit)?)?,
        None => Map::new(),
    };
    for (name, path) in &args.files {
        // An unknown operation is reported by the call.
        if Operation::find(operation).is_some_and(|known| !takes_file(known, name)) {
            return Err(Failure::unsent(format!(
                "--file: {operation} has no file argument `{name}`; see `green-api call --list`"
            )));
        }
        if arguments
            .insert(name.clone(), file(path, args.limit)?)
            .is_some()
        {
            return Err(Failure::unsent(format!(
                "--file: the argument `{name}` is given twice"
            )));
        }
    }
    Ok(Value::Object(arguments))
}

/// Reads a file into the form that calls by name expect.
fn file(path: &Path, limit: LimitArgs) -> Result<Value, Failure> {
    let content = content(path, limit)?;
    let file_name = path.file_name().map(|name| name.to_string_lossy());
    Ok(json!({ "fileName": file_name, "base64": BASE64.encode(content) }))
}

fn takes_file(operation: &Operation, name: &str) -> bool {
    let place = match operation.body {
        Body::Multipart => Place::Form,
        Body::Raw => Place::Body,
        Body::None | Body::Json => return false,
    };
    let mut arguments = operation.arguments.iter();
    arguments.any(|argument| argument.name == name && argument.place == place)
}

fn read(body: &str, limit: LimitArgs) -> Result<String, Failure> {
    match body.strip_prefix('@') {
        Some(path) => text_in(path, limit),
        None if body == "-" => standard_input(limit),
        None => Ok(body.to_owned()),
    }
}

fn parse(text: &str) -> Result<Map<String, Value>, Failure> {
    match serde_json::from_str(text) {
        Ok(Value::Object(arguments)) => Ok(arguments),
        Ok(_) => Err(Failure::unsent(
            "--body must be a JSON object, such as {\"count\": 5}",
        )),
        Err(error) => Err(Failure::unsent(format!("--body is not JSON: {error}"))),
    }
}

/// Lists all operations.
pub(crate) fn list(terminal: &mut Terminal) -> Result<(), Stop> {
    let width = |of: fn(&Operation) -> &str| {
        let lengths = operations::ALL.iter().map(|operation| of(operation).len());
        lengths.max().unwrap_or_default()
    };
    let names = width(|operation| operation.id);
    let sections = width(|operation| operation.section);
    for operation in operations::ALL {
        let Operation {
            id,
            section,
            verb,
            summary,
            documentation,
            ..
        } = operation;
        let arguments = operation.arguments.iter().map(|argument| ArgumentEvent {
            name: argument.name,
            required: argument.required,
        });
        terminal.event(&Event::Operation {
            name: id,
            section,
            verb,
            summary,
            documentation,
            arguments: arguments.collect(),
        })?;
        terminal.result(&format!(
            "{id:names$}  {section:sections$}  {verb:6}  {summary}"
        ))?;
    }
    Ok(())
}
