//! Output: results to standard output, progress to standard error; with `--json`, one object per line to standard output.

mod event;
mod json;

use std::borrow::Cow;
use std::io::{self, IsTerminal, Write};

use green_api::{ApiToken, SecretString};

pub(crate) use self::event::{ArgumentEvent, Event};
pub(crate) use self::json::{Part, json_line};

const ERROR: anstyle::Style = anstyle::AnsiColor::Red.on_default().bold();
const WARNING: anstyle::Style = anstyle::AnsiColor::Yellow.on_default().bold();

/// Tokens have 50 characters.
const SHORTEST_SECRET: usize = 8;

/// The output streams, and how to write to them.
pub(crate) struct Terminal {
    out: Box<dyn Write>,
    err: Box<dyn Write>,
    style: Style,
    /// Never shown, whatever a server answers.
    secrets: Vec<SecretString>,
    /// Columns of the current status line.
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
    /// Writes to the standard streams.
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

    /// From now on replaces this token by `***`. No documented response contains it, but a server's mistake must not put it into a log.
    pub(crate) fn hide(&mut self, token: &ApiToken) {
        self.hide_secret(token.expose());
    }

    /// Hides another secret.
    pub(crate) fn hide_secret(&mut self, secret: &str) {
        // A word that short is from an example, and replacing it would garble the output.
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

    /// Prints a line for programs.
    pub(crate) fn event(&mut self, event: &Event) -> io::Result<()> {
        if !self.style.json {
            return Ok(());
        }
        let line = serde_json::to_string(event)?;
        // JSON does not escape any character of a token.
        let line = self.clean(&line);
        writeln!(self.out, "{line}")?;
        self.out.flush()
    }

    /// Prints a result for people.
    pub(crate) fn result(&mut self, text: &str) -> io::Result<()> {
        if self.style.json {
            return Ok(());
        }
        self.clear_status();
        let text = self.clean(text);
        writeln!(self.out, "{text}")?;
        self.out.flush()
    }

    /// Prints progress for people. Errors are ignored, since nothing depends on it.
    pub(crate) fn note(&mut self, text: &str) {
        if !self.style.json {
            self.clear_status();
            let text = self.clean(text);
            let _ = writeln!(self.err, "{text}");
        }
    }

    /// Prints a warning for people.
    pub(crate) fn warn(&mut self, text: &str) {
        self.labelled("warning:", WARNING, text);
    }

    /// Prints an error for people.
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

    /// Prints a prompt, without a line end.
    pub(crate) fn ask(&mut self, text: &str) {
        self.clear_status();
        let _ = write!(self.err, "{text}");
        let _ = self.err.flush();
    }

    /// Tells whether a status line can be shown.
    pub(crate) fn is_live(&self) -> bool {
        self.style.err_terminal && !self.style.json
    }

    /// Replaces the status line. It is erased with spaces rather than escapes, which works on every terminal.
    pub(crate) fn status(&mut self, text: &str) {
        if self.is_live() {
            let _ = write!(self.err, "\r{text:<width$}", width = self.shown);
            let _ = self.err.flush();
            self.shown = text.chars().count();
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

/// An output stream that keeps what is written.
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
    /// Returns a terminal, its standard output and its standard error.
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
    const JSON: Style = Style {
        json: true,
        ..TERMINAL
    };

    fn shown(style: Style, act: impl FnOnce(&mut Terminal) -> io::Result<()>) -> [String; 2] {
        let (mut terminal, out, err) = Terminal::captured(style);
        act(&mut terminal).unwrap();
        [out.text(), err.text()]
    }

    #[test]
    fn a_shorter_status_wipes_the_longer_one_and_a_result_wipes_both() {
        let shown = shown(TERMINAL, |terminal| {
            terminal.status("10 left");
            terminal.status("9 left");
            terminal.result("done")
        });
        assert_eq!(shown, ["done\n", "\r10 left\r9 left \r      \r"]);
    }

    #[test]
    fn without_a_terminal_there_is_no_status() {
        let style = Style {
            err_terminal: false,
            ..TERMINAL
        };
        let shown = shown(style, |terminal| {
            terminal.status("10 left");
            terminal.note("waiting");
            Ok(())
        });
        assert_eq!(shown, ["", "waiting\n"]);
    }

    #[test]
    fn only_the_label_has_a_colour() {
        let coloured = Style {
            err_colour: true,
            ..TERMINAL
        };
        for (style, expected) in [
            (TERMINAL, "error: no\n"),
            (coloured, "\u{1b}[1m\u{1b}[31merror:\u{1b}[0m no\n"),
        ] {
            let shown = shown(style, |terminal| {
                terminal.error("no");
                Ok(())
            });
            assert_eq!(shown, ["", expected]);
        }
    }

    #[test]
    fn the_token_is_taken_out() {
        let token = "c0ffeec0ffee".parse().unwrap();
        let people = shown(TERMINAL, |terminal| {
            terminal.hide(&token);
            terminal.result("path: /getSettings/c0ffeec0ffee")?;
            terminal.note("c0ffeec0ffee");
            Ok(())
        });
        assert_eq!(people, ["path: /getSettings/***\n", "***\n"]);
        let programs = shown(JSON, |terminal| {
            terminal.hide(&token);
            terminal.event(&Event::State {
                state: Some("c0ffeec0ffee"),
            })
        });
        assert_eq!(programs, ["{\"event\":\"state\",\"state\":\"***\"}\n", ""]);
    }

    #[test]
    fn json_is_alone() {
        let shown = shown(JSON, |terminal| {
            terminal.status("10 left");
            terminal.note("waiting");
            terminal.result("done")?;
            terminal.event(&Event::State { state: None })
        });
        assert_eq!(shown, ["{\"event\":\"state\",\"state\":null}\n", ""]);
    }
}
