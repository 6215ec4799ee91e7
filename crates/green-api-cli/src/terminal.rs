//! What is written where: results to standard output, progress to standard error; with `--json` one object a line, all to standard output.

mod event;
mod json;

use std::borrow::Cow;
use std::io::{self, IsTerminal, Write};

use green_api::{ApiToken, SecretString};

pub(crate) use self::event::{ArgumentEvent, Event, OperationEvent, ProfileEvent};
pub(crate) use self::json::{Part, json_line};

const ERROR: anstyle::Style = anstyle::AnsiColor::Red.on_default().bold();
const WARNING: anstyle::Style = anstyle::AnsiColor::Yellow.on_default().bold();

/// Tokens have 50 characters.
const SHORTEST_SECRET: usize = 8;

/// Where output goes, and in which form.
pub(crate) struct Terminal {
    out: Box<dyn Write>,
    err: Box<dyn Write>,
    style: Style,
    /// What must not be shown, whatever a server answers.
    secrets: Vec<SecretString>,
    /// Columns of the status line that is shown now.
    shown: usize,
}

#[derive(Clone, Copy)]
pub(crate) struct Style {
    pub json: bool,
    /// Whether standard output is a terminal.
    pub out_terminal: bool,
    /// Whether standard error is a terminal.
    pub err_terminal: bool,
    /// Whether standard error may have colours: a terminal, unless `NO_COLOR` or `TERM=dumb` says otherwise.
    pub err_colour: bool,
}

impl Terminal {
    /// The standard streams.
    pub(crate) fn standard(json: bool) -> Self {
        let (out, err) = (io::stdout(), io::stderr());
        let err_colour = anstream::AutoStream::choice(&err) != anstream::ColorChoice::Never;
        let style = Style {
            json,
            out_terminal: out.is_terminal(),
            err_terminal: err.is_terminal(),
            err_colour,
        };
        Self::new(out, err, style)
    }

    fn new(out: impl Write + 'static, err: impl Write + 'static, style: Style) -> Self {
        Self {
            out: Box::new(out),
            err: Box::new(err),
            style,
            secrets: Vec::new(),
            shown: 0,
        }
    }

    /// From now on shows `***` in the place of this token. No documented answer holds it, but a server's mistake must not get it into a log.
    pub(crate) fn hide(&mut self, token: &ApiToken) {
        self.hide_secret(token.expose());
    }

    /// Hides another secret likewise.
    pub(crate) fn hide_secret(&mut self, secret: &str) {
        // A word that short is from an example, and taking it out would garble the output.
        if secret.len() >= SHORTEST_SECRET {
            self.secrets.push(SecretString::from(secret));
        }
    }

    fn clean<'t>(&self, text: &'t str) -> Cow<'t, str> {
        let mut clean = Cow::from(text);
        for secret in self.secrets.iter().map(SecretString::expose) {
            if clean.contains(secret) {
                clean = clean.replace(secret, "***").into();
            }
        }
        clean
    }

    pub(crate) fn style(&self) -> Style {
        self.style
    }

    /// A line for programs.
    pub(crate) fn event(&mut self, event: &Event) -> io::Result<()> {
        if !self.style.json {
            return Ok(());
        }
        let line = serde_json::to_string(event)?;
        // A token has no character that JSON would write in another way.
        let line = self.clean(&line);
        writeln!(self.out, "{line}")?;
        self.out.flush()
    }

    /// A result for people.
    pub(crate) fn result(&mut self, text: &str) -> io::Result<()> {
        if self.style.json {
            return Ok(());
        }
        self.clear_status();
        let text = self.clean(text);
        writeln!(self.out, "{text}")?;
        self.out.flush()
    }

    /// Progress for people. Nothing depends on it, so it does not matter whether anybody can read it.
    pub(crate) fn note(&mut self, text: &str) {
        if !self.style.json {
            self.clear_status();
            let text = self.clean(text);
            let _ = writeln!(self.err, "{text}");
        }
    }

    /// Something that is not right, for people. It does not stop anything.
    pub(crate) fn warn(&mut self, text: &str) {
        self.labelled("warning:", WARNING, text);
    }

    /// Why the command stopped, for people.
    pub(crate) fn error(&mut self, text: &str) {
        self.labelled("error:", ERROR, text);
    }

    fn labelled(&mut self, label: &str, style: anstyle::Style, text: &str) {
        let label = if self.style.err_colour {
            format!("{style}{label}{style:#}")
        } else {
            label.to_owned()
        };
        self.note(&format!("{label} {text}"));
    }

    /// A question, whose answer is typed behind it.
    pub(crate) fn ask(&mut self, text: &str) {
        self.clear_status();
        let _ = write!(self.err, "{text}");
        let _ = self.err.flush();
    }

    /// Whether a status line can be shown.
    pub(crate) fn is_live(&self) -> bool {
        self.style.err_terminal && !self.style.json
    }

    /// Shows a line in the place of the last one. Blanks instead of escapes wipe it, which every terminal understands.
    pub(crate) fn status(&mut self, text: &str) {
        if self.is_live() {
            let width = text.chars().count();
            let _ = write!(
                self.err,
                "\r{text}{}",
                " ".repeat(self.shown.saturating_sub(width))
            );
            let _ = self.err.flush();
            self.shown = width;
        }
    }

    pub(crate) fn clear_status(&mut self) {
        if self.shown > 0 {
            let _ = write!(self.err, "\r{}\r", " ".repeat(self.shown));
            let _ = self.err.flush();
            self.shown = 0;
        }
    }
}

/// A stream of a test.
#[cfg(test)]
#[derive(Clone, Default)]
pub(crate) struct Captured(std::rc::Rc<std::cell::RefCell<Vec<u8>>>);

#[cfg(test)]
impl Captured {
    pub(crate) fn text(&self) -> String {
        String::from_utf8(self.0.borrow().clone()).unwrap()
    }
}

#[cfg(test)]
impl Write for Captured {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.borrow_mut().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
impl Terminal {
    /// A terminal with its standard output and its standard error.
    pub(crate) fn captured(style: Style) -> (Self, Captured, Captured) {
        let (out, err) = (Captured::default(), Captured::default());
        (Self::new(out.clone(), err.clone(), style), out, err)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TERMINAL: Style = Style {
        json: false,
        out_terminal: true,
        err_terminal: true,
        err_colour: false,
    };

    fn shown(style: Style, act: impl FnOnce(&mut Terminal) -> io::Result<()>) -> (String, String) {
        let (mut terminal, out, err) = Terminal::captured(style);
        act(&mut terminal).unwrap();
        (out.text(), err.text())
    }

    #[test]
    fn a_shorter_status_wipes_the_longer_one_and_a_result_wipes_both() {
        let (out, err) = shown(TERMINAL, |terminal| {
            terminal.status("10 left");
            terminal.status("9 left");
            terminal.result("done")
        });
        assert_eq!(err, "\r10 left\r9 left \r      \r");
        assert_eq!(out, "done\n");
    }

    #[test]
    fn without_a_terminal_there_is_no_status() {
        let (out, err) = shown(
            Style {
                err_terminal: false,
                ..TERMINAL
            },
            |terminal| {
                terminal.status("10 left");
                terminal.note("waiting");
                Ok(())
            },
        );
        assert_eq!((out.as_str(), err.as_str()), ("", "waiting\n"));
    }

    #[test]
    fn only_the_label_has_a_colour() {
        let coloured = Style {
            err_colour: true,
            ..TERMINAL
        };
        assert_eq!(
            shown(TERMINAL, |terminal| {
                terminal.error("no");
                Ok(())
            })
            .1,
            "error: no\n"
        );
        assert_eq!(
            shown(coloured, |terminal| {
                terminal.error("no");
                Ok(())
            })
            .1,
            "\u{1b}[1m\u{1b}[31merror:\u{1b}[0m no\n"
        );
    }

    #[test]
    fn the_token_is_taken_out() {
        let token = "c0ffeec0ffee".parse().unwrap();
        let (out, err) = shown(TERMINAL, |terminal| {
            terminal.hide(&token);
            terminal.result("path: /getSettings/c0ffeec0ffee")?;
            terminal.note("c0ffeec0ffee");
            Ok(())
        });
        assert_eq!(
            (out.as_str(), err.as_str()),
            ("path: /getSettings/***\n", "***\n")
        );
        let (out, _) = shown(
            Style {
                json: true,
                ..TERMINAL
            },
            |terminal| {
                terminal.hide(&token);
                terminal.event(&Event::State {
                    state: Some("c0ffeec0ffee"),
                })
            },
        );
        assert_eq!(out, "{\"event\":\"state\",\"state\":\"***\"}\n");
    }

    #[test]
    fn json_is_alone() {
        let (out, err) = shown(
            Style {
                json: true,
                ..TERMINAL
            },
            |terminal| {
                terminal.status("10 left");
                terminal.note("waiting");
                terminal.result("done")?;
                terminal.event(&Event::State { state: None })
            },
        );
        assert_eq!(
            (out.as_str(), err.as_str()),
            ("{\"event\":\"state\",\"state\":null}\n", "")
        );
    }
}
