//! `green-api send`.

use std::path::Path;

use green_api::types::{Contact, PollOption};
use green_api::{Answer, Call, Instance, MessageId, Request, Upload};

use super::Task;
use super::input::standard_input;
use super::plan::{Given, Plan, untyped};
use super::upload::{self, open};
use crate::args::{LimitArgs, SendCommand};
use crate::failure::{Failure, Stop};
use crate::terminal::Terminal;
use crate::text::one_line;

/// Sets the options that all messages share.
macro_rules! message {
    ($request:expr, $message:expr) => {
        $request
            .given($message.quote, |r, id| r.quoted_message_id(id))
            .given($message.typing, |r, time| r.typing_time(time))
    };
}
pub(super) use message;

/// What is done with a message.
pub(super) trait Message {
    type Output;

    /// Takes the request, which is made for an instance.
    fn request<O: Call<Account = Instance>>(
        self,
        request: impl FnOnce(&Instance) -> Request<O> + 'static,
        limit: LimitArgs,
    ) -> Self::Output;

    /// Takes a request with a file.
    fn upload<O: Call<Account = Instance>>(
        self,
        file: Upload,
        request: impl FnOnce(&Instance, Upload) -> Request<O> + 'static,
        limit: LimitArgs,
    ) -> Self::Output;
}

/// Sends a message at once.
struct Now<'a> {
    profile: Option<&'a str>,
    terminal: &'a mut Terminal,
}

impl Message for Now<'_> {
    type Output = Result<Task, Stop>;

    fn request<O: Call<Account = Instance>>(
        self,
        request: impl FnOnce(&Instance) -> Request<O> + 'static,
        limit: LimitArgs,
    ) -> Self::Output {
        Plan::one(untyped(request, sent), limit).prepare(self.profile, self.terminal)
    }

    fn upload<O: Call<Account = Instance>>(
        self,
        file: Upload,
        request: impl FnOnce(&Instance, Upload) -> Request<O> + 'static,
        limit: LimitArgs,
    ) -> Self::Output {
        upload::prepare(file, request, sent, limit, self.profile, self.terminal)
    }
}

pub(crate) fn prepare(
    command: SendCommand,
    profile: Option<&str>,
    terminal: &mut Terminal,
) -> Result<Task, Stop> {
    compose(command, Now { profile, terminal })?
}

/// Reads and checks a message, and hands it on.
pub(super) fn compose<M: Message>(command: SendCommand, with: M) -> Result<M::Output, Stop> {
    Ok(match command {
        SendCommand::Text {
            text,
            no_preview,
            message,
        } => {
            let text = if text == "-" {
                piped(message.limit)?
            } else {
                text
            };
            if text.trim().is_empty() {
                return Err(Failure::unsent("the text is empty").into());
            }
            let preview = no_preview.then_some(false);
            let request = move |i: &Instance| {
                let request = i.send_message(message.to, text);
                message!(request, message).given(preview, |r, on| r.link_preview(on))
            };
            with.request(request, message.limit)
        }
        SendCommand::File {
            file,
            caption,
            name,
            message,
        } if file.starts_with("https://") || file.starts_with("http://") => {
            let name = name.or_else(|| name_in(&file)).ok_or_else(|| {
                Failure::unsent("the URL does not end in a file name; give one with --name, such as --name picture.jpg")
            })?;
            let request = move |i: &Instance| {
                let request = i.send_file_by_url(message.to, file, name);
                message!(request, message).given(caption, |r, text| r.caption(text))
            };
            with.request(request, message.limit)
        }
        SendCommand::File {
            file,
            caption,
            name,
            message,
        } => {
            let file = open(Path::new(&file))?.given(name, |file, name| file.named(name));
            let request = move |i: &Instance, file| {
                let request = i.send_file_by_upload(message.to, file);
                message!(request, message).given(caption, |r, text| r.caption(text))
            };
            with.upload(file, request, message.limit)
        }
        SendCommand::Poll {
            question,
            options,
            multiple,
            message,
        } => {
            let multiple = multiple.then_some(true);
            let request = move |i: &Instance| {
                let options = options.into_iter().map(PollOption::new);
                let request = i.send_poll(message.to, question, options);
                message!(request, message).given(multiple, |r, may| r.multiple_answers(may))
            };
            with.request(request, message.limit)
        }
        SendCommand::Location {
            latitude,
            longitude,
            name,
            address,
            message,
        } => {
            let request = move |i: &Instance| {
                let request = i.send_location(message.to, latitude, longitude);
                message!(request, message)
                    .given(name, |r, name| r.name_location(name))
                    .given(address, |r, address| r.address(address))
            };
            with.request(request, message.limit)
        }
        SendCommand::Contact {
            phone,
            first,
            middle,
            last,
            company,
            message,
        } => {
            let contact = Contact {
                first_name: first,
                middle_name: middle,
                last_name: last,
                company,
                ..Contact::new(phone)
            };
            let request =
                move |i: &Instance| message!(i.send_contact(message.to, contact), message);
            with.request(request, message.limit)
        }
    })
}

/// Shows only the id, for scripts; nothing if the answer has none.
pub(super) fn sent(answer: &Answer) -> Option<String> {
    Some(lines(answer.ids()))
}

fn lines(ids: &[MessageId]) -> String {
    let ids: Vec<_> = ids.iter().map(|id| one_line(id.as_str())).collect();
    ids.join("\n")
}

/// Returns the file name at the end of a URL.
fn name_in(address: &str) -> Option<String> {
    let (_, rest) = address.split(['?', '#']).next()?.split_once("://")?;
    let (_, path) = rest.split_once('/')?;
    let name = path.rsplit('/').next()?;
    name.contains('.').then(|| name.to_owned())
}

/// Reads standard input, without the line end that editors and `echo` add.
fn piped(limit: LimitArgs) -> Result<String, Failure> {
    let text = standard_input(limit)?;
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
    fn only_the_id_is_shown() {
        assert_eq!(
            lines(&["3EB0A1F4C87D22E90B51".into()]),
            "3EB0A1F4C87D22E90B51"
        );
        assert_eq!(lines(&[]), "");
        assert_eq!(lines(&["3EB0".into(), "3EB1".into()]), "3EB0\n3EB1");
    }
}
