//! `green-api call`.

use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use green_api::operation::{Operation, Place};
use green_api::{Instance, Partner, operations};
use serde_json::{Map, Value, json};

use super::Task;
use super::plan::{Plan, by_name};
use crate::account::Account;
use crate::args::CallArgs;
use crate::failure::{Failure, Stop};
use crate::terminal::{ArgumentEvent, Event, OperationEvent, Terminal};

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

/// The arguments out of `--body` and `--file`.
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
        let known = Operation::find(operation);
        if let Some(known) = known
            && !known
                .arguments
                .iter()
                .any(|argument| argument.name == name && takes_file(known, argument.place))
        {
            return Err(Failure::input(format!(
                "--file: {operation} takes no file `{name}`; see `green-api call --list`; nothing was sent"
            )));
        }
        if arguments.insert(name.clone(), file(path)?).is_some() {
            return Err(Failure::input(format!(
                "--file: the argument `{name}` is given twice; nothing was sent"
            )));
        }
    }
    Ok(Value::Object(arguments))
}

/// A file as calls by name take it.
fn file(path: &Path) -> Result<Value, Failure> {
    let content =
        fs::read(path).map_err(|error| cannot_read(&path.display().to_string(), &error))?;
    let file_name = path.file_name().map(|name| name.to_string_lossy());
    Ok(json!({ "fileName": file_name, "base64": BASE64.encode(content) }))
}

fn takes_file(operation: &Operation, place: Place) -> bool {
    use green_api::operation::Body;
    match operation.body {
        Body::Multipart => place == Place::Form,
        Body::Raw => place == Place::Body,
        Body::None | Body::Json => false,
    }
}

fn read(body: &str) -> Result<String, Failure> {
    if body == "-" {
        let mut text = String::new();
        io::stdin()
            .read_to_string(&mut text)
            .map_err(|error| cannot_read("standard input", &error))?;
        return Ok(text);
    }
    match body.strip_prefix('@') {
        Some(path) => fs::read_to_string(path).map_err(|error| cannot_read(path, &error)),
        None => Ok(body.to_owned()),
    }
}

fn cannot_read(what: &str, error: &io::Error) -> Failure {
    Failure::input(format!("{what} cannot be read: {error}; nothing was sent"))
}

fn parse(text: &str) -> Result<Map<String, Value>, Failure> {
    match serde_json::from_str(text) {
        Ok(Value::Object(arguments)) => Ok(arguments),
        Ok(_) => Err(Failure::input(
            "--body: the arguments must be a JSON object, such as {\"count\": 5}; nothing was sent",
        )),
        Err(error) => Err(Failure::input(format!(
            "--body is not JSON: {error}; nothing was sent"
        ))),
    }
}

/// All operations.
pub(crate) fn list(terminal: &mut Terminal) -> Result<(), Stop> {
    let width = |of: fn(&Operation) -> &str| {
        operations::ALL
            .iter()
            .map(|operation| of(operation).len())
            .max()
            .unwrap_or_default()
    };
    let (names, sections) = (
        width(|operation| operation.id),
        width(|operation| operation.section),
    );
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
        let event = OperationEvent {
            name: id,
            section,
            verb,
            summary,
            documentation,
            arguments: arguments.collect(),
        };
        terminal.event(&Event::Operation(event))?;
        terminal.result(&format!(
            "{id:names$}  {section:sections$}  {verb:6}  {summary}"
        ))?;
    }
    Ok(())
}
