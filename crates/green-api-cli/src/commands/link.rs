//! `green-api link`.

mod letters;
mod qr;

use std::io;
use std::time::{Duration, Instant as Time};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use futures_util::StreamExt;
use green_api::{AuthorizationCode, Instance, LinkError, LinkStep, PhoneNumber};
use tokio::time::{MissedTickBehavior, interval};

use self::letters::large;
use super::in_flight::abandoned;
use super::plan::Given;
use super::{Task, sandbox};
use crate::account::Account;
use crate::args::LinkArgs;
use crate::failure::{Exit, Failure, Stop};
use crate::terminal::{Event, Terminal};
use crate::text::whole_seconds;

/// What the command is waiting for.
enum Stage {
    /// The first look at the state.
    Looking,
    /// The instance to become ready.
    Settling,
    /// The logout of the account.
    LoggingOut,
    /// The server's code, since it was requested.
    Asking(Time),
    /// The person to type the code.
    Typing(AuthorizationCode),
    /// The person to scan the QR code, since it was shown.
    Scanning(Time),
}

pub(crate) fn prepare(
    args: LinkArgs,
    profile: Option<&str>,
    terminal: &mut Terminal,
) -> Result<Task, Failure> {
    let parse = |phone: &String| phone.parse::<PhoneNumber>();
    let phone = args.phone.as_ref().map(parse).transpose();
    let phone = phone.map_err(|error| Failure::input(error.to_string()))?;
    let instance = if args.sandbox {
        None
    } else {
        Some(Instance::find(profile, terminal)?)
    };
    Ok(Task::new(async move |terminal: &mut Terminal| {
        run(instance, phone, &args, terminal).await
    }))
}

/// Links a phone: by code if there is a number, otherwise by QR code. Without an instance, it starts a sandbox.
async fn run(
    instance: Option<Instance>,
    phone: Option<PhoneNumber>,
    args: &LinkArgs,
    terminal: &mut Terminal,
) -> Result<(), Stop> {
    // The sandbox stops when it is dropped.
    let (sandbox, instance) = match instance {
        Some(instance) => (None, instance),
        None => {
            let (sandbox, instance) = sandbox::with_phone(phone).await?;
            terminal.hide(instance.credentials().token());
            (Some(sandbox), instance)
        }
    };
    let link = match phone {
        Some(phone) => instance.link(phone).ask_again(args.ask_again),
        None => instance.link_by_qr(),
    };
    let mut link = link
        .logout_first(args.logout_first)
        .given(args.timeout, |link, limit| link.timeout(limit));
    let mut progress = Progress::new(phone, terminal);
    progress.stays = sandbox.is_none();
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
    phone: Option<PhoneNumber>,
    /// The state that was shown last.
    state: Option<String>,
    stage: Stage,
    /// The number of lines of the QR code on the screen.
    drawn: usize,
    /// Whether the instance is there when the command has ended.
    stays: bool,
}

impl<'t> Progress<'t> {
    fn new(phone: Option<PhoneNumber>, terminal: &'t mut Terminal) -> Self {
        Self {
            terminal,
            phone,
            state: None,
            stage: Stage::Looking,
            drawn: 0,
            stays: true,
        }
    }

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
                self.terminal.note("Logging out the linked account");
                self.stage = Stage::LoggingOut;
            }
            LinkStep::RequestingCode => {
                if let Some(phone) = self.phone {
                    self.terminal.event(&Event::RequestingCode {
                        phone_number: &phone.digits(),
                    })?;
                    self.terminal.note(&format!(
                        "Requesting a code for {phone}; this takes up to 30 s"
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
                    let time = clock(expires_in_seconds);
                    self.terminal.note(&format!("The code expires in {time}"));
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
                        "On the phone: WhatsApp > Linked devices > Link a device, then scan this code",
                    );
                }
                self.draw(image.png())?;
                self.stage = Stage::Scanning(Time::now());
            }
            LinkStep::Waiting { state, expires_in } => {
                self.terminal.event(&Event::Waiting {
                    state: state.as_ref().map(|state| state.as_str()),
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
                let wid = match account.wid() {
                    "" => "the server does not name the account yet",
                    wid => wid,
                };
                return self.terminal.result(&format!("Linked: {wid}{restricted}"));
            }
            // Steps that this version does not know.
            _ => {}
        }
        self.tick();
        Ok(())
    }

    /// Draws a QR code, on a terminal over the previous one.
    fn draw(&mut self, png: &[u8]) -> io::Result<()> {
        let is_terminal = self.terminal.style().out_terminal;
        let Some(squares) = qr::read(png) else {
            self.terminal.warn(
                "cannot draw the server's QR code; wait for the next one, or link by phone number",
            );
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
            Stage::Scanning(since) => {
                format!("Waiting for the scan: {} s", since.elapsed().as_secs())
            }
            Stage::Typing(code) if code.is_expired() => {
                "Code expired; checking whether it was typed in time".to_owned()
            }
            Stage::Typing(code) => format!(
                "Waiting for the code to be typed: {} left",
                clock(whole_seconds(code.expires_in()))
            ),
        };
        self.terminal.status(&status);
    }

    /// Converts an error. What a timeout means depends on the stage.
    fn failure(&self, error: LinkError, limit: Option<Duration>) -> Failure {
        if !matches!(error, LinkError::TimedOut) {
            return error.into();
        }
        let limit = limit.unwrap_or_default().as_secs_f64();
        let (exit, kind, message) = match &self.stage {
            Stage::Looking => (
                Exit::Network,
                "timedOut",
                format!("the server did not respond within {limit} s; nothing was changed"),
            ),
            Stage::Settling => {
                let state = self.state.as_deref().unwrap_or("not ready");
                let message = format!(
                    "the instance is still {state} after {limit} s; wait until it is ready"
                );
                (Exit::State, "notReady", message)
            }
            Stage::LoggingOut => (
                Exit::Unsure,
                "timedOut",
                format!(
                    "the account was not logged out within {limit} s; check the state before you retry"
                ),
            ),
            Stage::Asking(_) => (
                Exit::Unsure,
                "timedOut",
                format!(
                    "the server issued no code within {limit} s; wait a minute before you retry, since every request counts as an attempt"
                ),
            ),
            Stage::Scanning(_) => (
                Exit::NotTyped,
                "timedOut",
                format!("the QR code was not scanned within {limit} s; try again"),
            ),
            Stage::Typing(_) => (
                Exit::NotTyped,
                "timedOut",
                format!(
                    "the code was not typed within {limit} s; it can still link the phone until it expires"
                ),
            ),
        };
        Failure::new(exit, kind, message)
    }
}

/// What state an interrupted command leaves.
impl Drop for Progress<'_> {
    fn drop(&mut self) {
        if !self.stays {
            return;
        }
        let (exit, message) = match &self.stage {
            Stage::Looking => (Exit::Interrupted, "nothing was changed"),
            Stage::Settling => (
                Exit::Interrupted,
                "no code was requested; check the state before you retry",
            ),
            Stage::LoggingOut => (
                Exit::Unsure,
                "the account may have been logged out; check the state before you retry",
            ),
            Stage::Asking(_) => (
                Exit::Unsure,
                "a code may have been issued; wait a minute before you retry, since every request counts as an attempt",
            ),
            Stage::Scanning(_) => (
                Exit::Interrupted,
                "the QR code can still link the phone until it expires",
            ),
            Stage::Typing(_) => (
                Exit::Interrupted,
                "the code can still link the phone until it expires",
            ),
        };
        abandoned(Failure::new(
            exit,
            "interrupted",
            format!("interrupted: {message}"),
        ));
    }
}

/// Formats minutes and seconds.
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
        let phone = "447700900123".parse().unwrap();
        let mut progress = Progress::new(Some(phone), &mut terminal);
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
            .filter(|text| text.starts_with("Waiting") || text.starts_with("Code expired"))
            .collect();
        assert_eq!(
            statuses,
            [
                "Waiting for the code: 0 s",
                "Waiting for the code to be typed: 2:30 left",
                "Waiting for the code to be typed: 1:59 left",
                "Code expired; checking whether it was typed in time",
            ]
        );
        assert!(!(out + &err).contains('\u{1b}'), "an escape");
    }
}
