//! `green-api link`.

mod letters;
mod qr;

use std::io;
use std::time::{Duration, Instant as Time};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use futures_util::StreamExt;
use green_api::{
    AuthorizationCode, Instance, LinkError, LinkStep, ParsePhoneNumberError, PhoneNumber,
};
use tokio::time::{MissedTickBehavior, interval};

use self::letters::large;
use super::{Task, sandbox};
use crate::account::Account;
use crate::args::LinkArgs;
use crate::failure::{Exit, Failure, Stop};
use crate::terminal::{Event, Terminal};
use crate::text::whole_seconds;

/// What is being waited for.
enum Stage {
    /// The first look at the state.
    Looking,
    /// The instance to be ready.
    Settling,
    /// The account to be logged out.
    LoggingOut,
    /// The server to issue a code.
    Asking(Time),
    /// The person to type it.
    Typing(AuthorizationCode),
    /// The person to scan it, since it was first shown.
    Scanning(Time),
}

/// How the phone is linked.
#[derive(Clone, Copy)]
enum LinkMethod {
    Code(PhoneNumber),
    Qr,
}

/// How the phone is to be linked, by the arguments.
fn method(args: &LinkArgs) -> Result<LinkMethod, Failure> {
    match &args.phone {
        Some(phone) => phone
            .parse()
            .map(LinkMethod::Code)
            .map_err(|error: ParsePhoneNumberError| Failure::input(error.to_string())),
        None => Ok(LinkMethod::Qr),
    }
}

pub(crate) fn prepare(
    args: LinkArgs,
    profile: Option<&str>,
    terminal: &mut Terminal,
) -> Result<Task, Failure> {
    let method = method(&args)?;
    let instance = if args.sandbox {
        None
    } else {
        Some(Instance::find(profile, terminal)?)
    };
    Ok(Task::new(async move |terminal: &mut Terminal| {
        run(instance, method, &args, terminal).await
    }))
}

/// Links a phone. Without an instance it is one of a sandbox.
async fn run(
    instance: Option<Instance>,
    method: LinkMethod,
    args: &LinkArgs,
    terminal: &mut Terminal,
) -> Result<(), Stop> {
    // The sandbox stops when it is dropped.
    let (_sandbox, instance) = match instance {
        Some(instance) => (None, instance),
        None => {
            let phone = if let LinkMethod::Code(phone) = method {
                Some(phone)
            } else {
                None
            };
            let (sandbox, instance) = sandbox::with_phone(phone).await?;
            terminal.hide(instance.credentials().token());
            (Some(sandbox), instance)
        }
    };
    let link = match method {
        LinkMethod::Code(phone) => instance.link(phone).ask_again(args.ask_again),
        LinkMethod::Qr => instance.link_by_qr(),
    };
    let mut link = link.logout_first(args.logout_first);
    if let Some(limit) = args.timeout {
        link = link.timeout(limit);
    }
    let mut progress = Progress {
        terminal,
        method,
        state: None,
        stage: Stage::Looking,
        drawn: 0,
    };
    let mut seconds = interval(Duration::from_secs(1));
    seconds.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            step = link.next() => match step {
                Some(Ok(step)) => progress.show(step)?,
                Some(Err(error)) => return Err(progress.failure(error, args.timeout).into()),
                None => return Ok(()),
            },
            _ = seconds.tick(), if progress.terminal.is_live() => progress.tick(),
        }
    }
}

struct Progress<'t> {
    terminal: &'t mut Terminal,
    method: LinkMethod,
    /// The state that was shown last.
    state: Option<String>,
    stage: Stage,
    /// How many lines the QR code has that is shown.
    drawn: usize,
}

impl Progress<'_> {
    fn show(&mut self, step: LinkStep) -> io::Result<()> {
        match step {
            LinkStep::State(state) => {
                let state = state.as_ref().map(|state| state.as_str());
                self.terminal.event(&Event::State { state })?;
                let state = state.unwrap_or("being created");
                if self.state.as_deref() != Some(state) {
                    self.terminal.note(&format!("State: {state}"));
                    self.state = Some(state.to_owned());
                }
                self.stage = Stage::Settling;
            }
            LinkStep::LoggingOut => {
                self.terminal.event(&Event::LoggingOut)?;
                self.terminal
                    .note("Logging out the account that is linked now");
                self.stage = Stage::LoggingOut;
            }
            LinkStep::RequestingCode => {
                if let LinkMethod::Code(phone) = self.method {
                    self.terminal.event(&Event::RequestingCode {
                        phone_number: &phone.digits(),
                    })?;
                    self.terminal.note(&format!(
                        "Asking for a code for {phone}; this takes up to 30 s"
                    ));
                }
                self.stage = Stage::Asking(Time::now());
            }
            LinkStep::Code { code, attempt } => {
                let expires_in_seconds = whole_seconds(code.expires_in());
                self.terminal.event(&Event::Code {
                    code: code.as_str(),
                    display: code.to_string(),
                    expires_in_seconds,
                    attempt,
                })?;
                let code_line = format!("Code: {code}");
                match large(&code.to_string()).filter(|_| self.terminal.style().out_terminal) {
                    Some(letters) => self
                        .terminal
                        .result(&format!("\n{letters}\n\n{code_line}\n"))?,
                    None => self.terminal.result(&code_line)?,
                }
                self.terminal.note("On the phone: WhatsApp > Linked devices > Link a device > Link with phone number instead");
                if !self.terminal.is_live() {
                    self.terminal.note(&format!(
                        "The code can be typed for {}",
                        clock(expires_in_seconds)
                    ));
                }
                self.stage = Stage::Typing(code);
            }
            LinkStep::Qr { image, attempt } => {
                self.terminal.event(&Event::Qr {
                    image: BASE64.encode(image.png()),
                    attempt,
                })?;
                if attempt == 1 {
                    self.terminal.note(
                        "On the phone: WhatsApp > Linked devices > Link a device, then scan this",
                    );
                }
                self.draw(image.png())?;
                self.stage = Stage::Scanning(Time::now());
            }
            LinkStep::Waiting { state, expires_in } => {
                let state = state.as_ref().map(|state| state.as_str());
                self.terminal.event(&Event::Waiting {
                    state,
                    expires_in_seconds: whole_seconds(expires_in),
                })?;
            }
            LinkStep::Linked(account) => {
                let state = account.state().as_str();
                self.terminal.event(&Event::Linked {
                    wid: account.wid(),
                    state,
                })?;
                let restricted = if state == "authorized" {
                    String::new()
                } else {
                    format!(" ({state})")
                };
                let wid = if account.wid().is_empty() {
                    "the server does not say which account yet"
                } else {
                    account.wid()
                };
                return self.terminal.result(&format!("Linked: {wid}{restricted}"));
            }
            // Steps that are to come are no reason to stop.
            _ => {}
        }
        self.tick();
        Ok(())
    }

    /// Draws a QR code, on a terminal in the place of the one before.
    fn draw(&mut self, png: &[u8]) -> io::Result<()> {
        let is_terminal = self.terminal.style().out_terminal;
        let Some(squares) = qr::read(png) else {
            self.terminal.warn("the server's QR code cannot be drawn here; wait for the next one, or link by phone number");
            self.drawn = 0;
            return Ok(());
        };
        let drawing = squares.draw(is_terminal);
        let back = if is_terminal && self.drawn > 0 {
            format!("\u{1b}[{}A", self.drawn)
        } else {
            String::new()
        };
        self.drawn = drawing.lines().count();
        self.terminal.result(&format!("{back}{drawing}"))
    }

    /// Refreshes the status line.
    fn tick(&mut self) {
        let status = match &self.stage {
            Stage::Looking | Stage::Settling | Stage::LoggingOut => return,
            Stage::Asking(since) => {
                format!("Waiting for the code: {} s", since.elapsed().as_secs())
            }
            Stage::Scanning(since) => format!(
                "Waiting for it to be scanned: {} s",
                since.elapsed().as_secs()
            ),
            Stage::Typing(code) if code.is_expired() => {
                "Waiting to see whether it was typed in its last second".to_owned()
            }
            Stage::Typing(code) => format!(
                "Waiting for it to be typed: {} left",
                clock(whole_seconds(code.expires_in()))
            ),
        };
        self.terminal.status(&status);
    }

    /// What the end of the time means depends on what was being waited for.
    fn failure(&self, error: LinkError, limit: Option<Duration>) -> Failure {
        if !matches!(error, LinkError::TimedOut) {
            return error.into();
        }
        let limit = limit.unwrap_or_default().as_secs_f64();
        match &self.stage {
            Stage::Looking => Failure::new(
                Exit::Network,
                "timedOut",
                format!("the server did not answer within {limit} s; nothing was changed"),
            ),
            Stage::Settling => Failure::new(
                Exit::State,
                "notReady",
                format!(
                    "after {limit} s the instance is still {}; wait until it is ready",
                    self.state.as_deref().unwrap_or("not ready")
                ),
            ),
            Stage::LoggingOut => Failure::new(
                Exit::Unsure,
                "timedOut",
                format!(
                    "the account was not logged out within {limit} s; look at the state before you try again"
                ),
            ),
            Stage::Asking(_) => Failure::new(
                Exit::Unsure,
                "timedOut",
                format!(
                    "the server issued no code within {limit} s; wait a minute before you ask again, since each request is a new attempt"
                ),
            ),
            Stage::Scanning(_) => Failure::new(
                Exit::NotTyped,
                "timedOut",
                format!("the QR code was not scanned within {limit} s; try again"),
            ),
            Stage::Typing(_) => Failure::new(
                Exit::NotTyped,
                "timedOut",
                format!(
                    "the code was not typed within {limit} s; until it expires it may still link the phone"
                ),
            ),
        }
    }
}

/// Minutes and seconds.
fn clock(seconds: u64) -> String {
    format!("{}:{:02}", seconds / 60, seconds % 60)
}

#[cfg(test)]
mod tests {
    use green_api::types::StateInstance;

    use super::*;
    use crate::terminal::Style;

    #[tokio::test(start_paused = true)]
    async fn on_a_terminal_the_code_is_large_and_a_countdown_runs() {
        let style = Style {
            json: false,
            out_terminal: true,
            err_terminal: true,
            err_colour: true,
        };
        let (mut terminal, out, err) = Terminal::captured(style);
        let method = LinkMethod::Code("447700900123".parse().unwrap());
        let mut progress = Progress {
            terminal: &mut terminal,
            method,
            state: None,
            stage: Stage::Looking,
            drawn: 0,
        };
        progress
            .show(LinkStep::State(Some(StateInstance::NotAuthorized)))
            .unwrap();
        progress.show(LinkStep::RequestingCode).unwrap();
        progress
            .show(LinkStep::Code {
                code: "GAPI2018".into(),
                attempt: 1,
            })
            .unwrap();
        tokio::time::advance(Duration::from_secs(31)).await;
        progress.tick();
        tokio::time::advance(Duration::from_secs(120)).await;
        progress.tick();
        let (out, err) = (out.text(), err.text());
        assert!(out.contains(&large("GAPI-2018").unwrap()), "{out}");
        assert!(out.contains("\nCode: GAPI-2018\n"), "{out}");
        let statuses: Vec<&str> = err
            .split('\r')
            .map(str::trim_end)
            .filter(|text| text.starts_with("Waiting"))
            .collect();
        assert_eq!(
            statuses,
            [
                "Waiting for the code: 0 s",
                "Waiting for it to be typed: 2:30 left",
                "Waiting for it to be typed: 1:59 left",
                "Waiting to see whether it was typed in its last second",
            ]
        );
        assert!(!(out + &err).contains('\u{1b}'), "an escape");
    }
}
