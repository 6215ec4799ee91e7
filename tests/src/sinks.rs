//! The places where a secret could come out.

use std::error::Error;
use std::io::{self, Write};
use std::sync::{LazyLock, Mutex, PoisonError};

use tracing_log::LogTracer;
use tracing_subscriber::fmt::format::FmtSpan;
use tracing_subscriber::fmt::{self, MakeWriter};

/// Returns everything that an error shows of itself and of its causes.
#[must_use]
pub fn of_error(error: &(dyn Error + 'static)) -> Vec<(String, String)> {
    let mut shown = Vec::new();
    let mut next = Some(error);
    for depth in 0.. {
        let Some(error) = next else { break };
        for (sink, text) in [
            ("Display", format!("{error}")),
            ("{:#}", format!("{error:#}")),
            ("Debug", format!("{error:?}")),
            ("{:#?}", format!("{error:#?}")),
        ] {
            shown.push((format!("{sink} of cause {depth}"), text));
        }
        next = error.source();
    }
    shown
}

/// Everything that is logged in this process, at every level, by every crate.
#[derive(Debug, Default)]
pub struct Log(Mutex<Vec<u8>>);

impl Log {
    /// Begins to record, once in a process.
    ///
    /// # Panics
    ///
    /// When somebody else records already.
    pub fn of_this_process() -> &'static Self {
        static LOG: LazyLock<&'static Log> = LazyLock::new(|| {
            let log: &'static Log = Box::leak(Box::default());
            LogTracer::init().expect("nobody else takes the log");
            let subscriber = fmt::Subscriber::builder()
                .with_max_level(tracing::Level::TRACE)
                .with_span_events(FmtSpan::FULL)
                .with_ansi(false)
                .with_writer(log);
            tracing::subscriber::set_global_default(subscriber.finish())
                .expect("nobody else takes the events");
            log
        });
        &LOG
    }

    /// Returns what was logged so far.
    #[must_use]
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.0.lock().unwrap_or_else(PoisonError::into_inner)).into_owned()
    }
}

impl<'a> MakeWriter<'a> for &'static Log {
    type Writer = LogWriter;

    fn make_writer(&'a self) -> LogWriter {
        LogWriter(self)
    }
}

/// Writes into a [`Log`].
#[derive(Debug)]
pub struct LogWriter(&'static Log);

impl Write for LogWriter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0
            .0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
