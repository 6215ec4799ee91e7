//! `green-api call`.

use std::fs;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use green_api::operation::{Body, Operation, Place};
use green_api::{Instance, Partner, operations};
use serde_json::{Map, Value, json};

use super::Task;
use super::input::standard_input;
use super::plan::{Plan, by_name};
use crate::account::Account;
use crate::args::CallArgs;
use crate::failure::{Failure, Stop};
use crate::terminal::{ArgumentEvent, Event, Terminal};

pub(crate) fn prepare(
    args: CallArgs,
    profile: Option<&str>,
    terminal: &mut Terminal,
) -> Result<Task, Stop> {
    let operation = args.operation.as_deref().unwrap_or_default();
    let arguments = arguments(operation, args.body.as_deref(), &args.files)?;
    match Operation::find(operation) {
        Some(known) if known.family == "partner" => {
            plan::<Partner>(&args, arguments).prepare(profile, terminal)
        }
        _ => plan::<Instance>(&args, arguments).prepare(profile, terminal),
    }
}

fn plan<A: Account>(args: &CallArgs, arguments: Value) -> Plan<A> {
    let operation = args.operation.as_deref().unwrap_or_default();
    Plan::one(by_name(operation, arguments, |_| None), args.limit)
}

/// Returns the arguments in `--body` and `--file`.
fn arguments(
    operation: &str,
    body: Option<&str>,
    files: &[(String, PathBuf)],
) -> Result<Value, Failure> {
    let mut arguments = match body {
        Some(body) => parse(&read(body)?)?,
        None => Map::new(),
    };
    for (name, path) in files {
        // An unknown operation is reported by the call.
        if Operation::find(operation).is_some_and(|known| !takes_file(known, name)) {
            return Err(Failure::unsent(format!(
                "--file: {operation} has no file argument `{name}`; see `green-api call --list`"
            )));
        }
        if arguments.insert(name.clone(), file(path)?).is_some() {
            return Err(Failure::unsent(format!(
                "--file: the argument `{name}` is given twice"
            )));
        }
    }
    Ok(Value::Object(arguments))
}

/// Reads a file into the form that calls by name expect.
fn file(path: &Path) -> Result<Value, Failure> {
    let content = fs::read(path).map_err(|error| Failure::unreadable(path.display(), &error))?;
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

fn read(body: &str) -> Result<String, Failure> {
    match body.strip_prefix('@') {
        Some(path) => fs::read_to_string(path).map_err(|error| Failure::unreadable(path, &error)),
        None if body == "-" => standard_input(),
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
