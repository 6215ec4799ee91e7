//! A command that is ready to run.

use futures_util::future::LocalBoxFuture;

use crate::failure::Stop;
use crate::terminal::Terminal;

type Run = dyn for<'t> FnOnce(&'t mut Terminal) -> LocalBoxFuture<'t, Result<(), Stop>>;

/// A command whose input has been read and checked.
pub(crate) struct Task {
    run: Box<Run>,
    pub on_interrupt: OnInterrupt,
}

/// What Ctrl-C does to a command.
#[derive(Clone, Copy)]
pub(crate) enum OnInterrupt {
    /// The command is abandoned, and exits with 130.
    Abandon,
    /// The command ends successfully.
    End,
    /// The command handles it itself.
    Handled,
}

impl Task {
    pub(crate) fn new(run: impl AsyncFnOnce(&mut Terminal) -> Result<(), Stop> + 'static) -> Self {
        Self {
            run: Box::new(|terminal| Box::pin(run(terminal))),
            on_interrupt: OnInterrupt::Abandon,
        }
    }

    pub(crate) fn on_interrupt(self, on_interrupt: OnInterrupt) -> Self {
        Self {
            on_interrupt,
            ..self
        }
    }

    pub(crate) async fn run(self, terminal: &mut Terminal) -> Result<(), Stop> {
        (self.run)(terminal).await
    }
}
