//! `green-api send`.

use std::io::{self, Read};
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use green_api::types::SentMessage;
use green_api::{ChatId, Instance, Upload};
use serde_json::{Value, json};

use super::Task;
use super::plan::{Plan, Step, present, read, within};
use crate::account::Account;
use crate::args::{MessageArgs, SendCommand};
use crate::failure::{Failure, Stop};
use crate::terminal::Terminal;
use crate::text::one_line;

/// What is sent: by name, or a file of this computer, which goes out piece by piece.
enum Sending {
    Step(Step<Instance>),
    Upload(FileMessage),
}

/// A file of this computer and what goes with it.
struct FileMessage {
    to: ChatId,
    upload: Upload,
    caption: Option<String>,
    quote: Option<String>,
    typing: Option<Duration>,
}

pub(crate) fn prepare(
    command: SendCommand,
    profile: Option<&str>,
    terminal: &mut Terminal,
) -> Result<Task, Stop> {
    let limit = common(&command).limit;
    match sending(command)? {
        Sending::Step(step) => Plan::one(step, limit).prepare(profile, terminal),
        Sending::Upload(file) => {
            let instance = Instance::find(profile, terminal)?;
            Ok(Task::new(async move |terminal: &mut Terminal| {
                upload(&instance, file, limit.timeout, terminal).await
            }))
        }
    }
}

fn common(command: &SendCommand) -> &MessageArgs {
    match command {
        SendCommand::Text { message, .. }
        | SendCommand::File { message, .. }
        | SendCommand::Poll { message, .. }
        | SendCommand::Location { message, .. }
        | SendCommand::Contact { message, .. } => message,
    }
}

fn sending(command: SendCommand) -> Result<Sending, Failure> {
    Ok(Sending::Step(match command {
        SendCommand::Text {
            text,
            no_preview,
            message,
        } => {
            let text = if text == "-" { standard_input()? } else { text };
            if text.trim().is_empty() {
                return Err(Failure::input("the text is empty; nothing was sent"));
            }
            let preview = no_preview.then_some(false);
            request(
                "sendMessage",
                &message,
                json!({ "message": text, "linkPreview": preview }),
            )
        }
        SendCommand::File {
            file,
            caption,
            name,
            message,
        } => return sending_file(&file, caption, name, message),
        SendCommand::Poll {
            question,
            options,
            multiple,
            message,
        } => {
            let options: Vec<Value> = options
                .iter()
                .map(|option| json!({ "optionName": option }))
                .collect();
            let multiple = multiple.then_some(true);
            request(
                "sendPoll",
                &message,
                json!({ "message": question, "options": options, "multipleAnswers": multiple }),
            )
        }
        SendCommand::Location {
            latitude,
            longitude,
            name,
            address,
            message,
        } => request(
            "sendLocation",
            &message,
            json!({ "latitude": latitude, "longitude": longitude, "nameLocation": name, "address": address }),
        ),
        SendCommand::Contact {
            phone,
            first,
            middle,
            last,
            company,
            message,
        } => {
            let contact = json!({ "phoneContact": phone, "firstName": first, "middleName": middle, "lastName": last, "company": company });
            request("sendContact", &message, json!({ "contact": contact }))
        }
    }))
}

fn sending_file(
    file: &str,
    caption: Option<String>,
    name: Option<String>,
    message: MessageArgs,
) -> Result<Sending, Failure> {
    if file.starts_with("https://") || file.starts_with("http://") {
        let name = name.or_else(|| name_in(file)).ok_or_else(|| {
            Failure::input("the address does not end in the name of a file; give one with --name, such as --name picture.jpg; nothing was sent")
        })?;
        let arguments = json!({ "urlFile": file, "fileName": name, "caption": caption });
        return Ok(Sending::Step(request("sendFileByUrl", &message, arguments)));
    }
    let mut upload = Upload::from_path(file).map_err(|error| {
        Failure::input(format!("{file} cannot be read: {error}; nothing was sent"))
    })?;
    if let Some(name) = name {
        upload = upload.named(name);
    }
    let MessageArgs {
        to, quote, typing, ..
    } = message;
    Ok(Sending::Upload(FileMessage {
        to,
        upload,
        caption,
        quote,
        typing,
    }))
}

/// The name of a file at the end of an address.
fn name_in(address: &str) -> Option<String> {
    let path = address
        .split(['?', '#'])
        .next()?
        .split_once("://")?
        .1
        .split_once('/')?
        .1;
    let name = path.rsplit('/').next()?;
    name.contains('.').then(|| name.to_owned())
}

fn request(operation: &'static str, message: &MessageArgs, mut arguments: Value) -> Step<Instance> {
    arguments["chatId"] = json!(message.to);
    arguments["quotedMessageId"] = json!(message.quote);
    arguments["typingTime"] = json!(
        message
            .typing
            .map(|typing| u64::try_from(typing.as_millis()).unwrap_or(u64::MAX))
    );
    Step::new(operation, arguments, sent)
}

/// The id alone, so that a script can take it. What was sent is sent, with or without one.
fn sent(answer: &Value) -> Option<String> {
    Some(
        read::<SentMessage>(answer)
            .and_then(|sent| sent.id_message)
            .map(|id| one_line(id.as_str()))
            .unwrap_or_default(),
    )
}

/// How often the progress is shown.
const REFRESH: Duration = Duration::from_millis(200);

/// Sends a file of this computer, and shows how far it is.
async fn upload(
    instance: &Instance,
    file: FileMessage,
    limit: Option<Duration>,
    terminal: &mut Terminal,
) -> Result<(), Stop> {
    let (name, length) = (
        file.upload.file_name().to_owned(),
        file.upload.length().unwrap_or_default(),
    );
    let handed_over = Arc::new(AtomicU64::new(0));
    let counter = Arc::clone(&handed_over);
    let mut request = instance.send_file_by_upload(
        &file.to,
        file.upload
            .on_progress(move |bytes, _| counter.store(bytes, Ordering::Relaxed)),
    );
    if let Some(caption) = file.caption {
        request = request.caption(caption);
    }
    if let Some(quote) = file.quote {
        request = request.quoted_message_id(quote);
    }
    if let Some(typing) = file.typing {
        request = request.typing_time(typing);
    }
    let mut sending = pin!(within(limit, "sendFileByUpload", request.into_future()));
    let mut refresh = tokio::time::interval(REFRESH);
    let accepted = loop {
        tokio::select! {
            accepted = &mut sending => break accepted,
            _ = refresh.tick(), if terminal.is_live() => {
                let bytes = handed_over.load(Ordering::Relaxed);
                terminal.status(&format!("Sending {}: {} of {}", one_line(&name), megabytes(bytes), megabytes(length)));
            }
        }
    };
    terminal.clear_status();
    // What is no JSON is shown as a text.
    let answer = accepted.map(|accepted| {
        serde_json::from_str(accepted.raw()).unwrap_or_else(|_| accepted.raw().into())
    })?;
    present("sendFileByUpload", None, &answer, sent, terminal)
}

fn megabytes(bytes: u64) -> String {
    format!("{}.{} MB", bytes / 1_000_000, bytes % 1_000_000 / 100_000)
}

/// All of it, without the newline at its end that editors and `echo` leave.
fn standard_input() -> Result<String, Failure> {
    let mut text = String::new();
    io::stdin().read_to_string(&mut text).map_err(|error| {
        Failure::input(format!(
            "standard input cannot be read: {error}; nothing was sent"
        ))
    })?;
    let end = text.strip_suffix('\n').unwrap_or(&text);
    Ok(end.strip_suffix('\r').unwrap_or(end).to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_may_end_in_a_name() {
        assert_eq!(
            name_in("https://files.example.com/a/b.jpg?x=1").as_deref(),
            Some("b.jpg")
        );
        for nameless in [
            "https://files.example.com",
            "https://files.example.com/",
            "https://files.example.com/download?name=b.jpg",
        ] {
            assert_eq!(name_in(nameless), None, "{nameless}");
        }
    }

    #[test]
    fn a_send_without_an_id_is_still_sent() {
        assert_eq!(
            sent(&json!({ "idMessage": "3EB0A1F4C87D22E90B51" })).unwrap(),
            "3EB0A1F4C87D22E90B51"
        );
        assert_eq!(sent(&json!("what is this")).unwrap(), "");
    }
}
