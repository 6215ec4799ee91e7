//! Uploads, with their progress.

use std::path::Path;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use green_api::{Answer, Call, Instance, Request, Upload};

use super::Task;
use super::plan::{answer, present};
use crate::account::Account;
use crate::args::LimitArgs;
use crate::failure::{Failure, Stop};
use crate::terminal::Terminal;
use crate::text::one_line;

/// The interval at which the progress is shown.
const REFRESH: Duration = Duration::from_millis(200);

/// Opens a file. It is read while it is sent.
pub(crate) fn open(path: &Path) -> Result<Upload, Failure> {
    Upload::from_path(path).map_err(|error| Failure::unreadable(path.display(), &error))
}

/// Sends a file, and shows the progress.
pub(crate) fn prepare<O: Call<Account = Instance>>(
    file: Upload,
    request: impl FnOnce(&Instance, Upload) -> Request<O> + 'static,
    show: fn(&Answer) -> Option<String>,
    limit: LimitArgs,
    profile: Option<&str>,
    terminal: &mut Terminal,
) -> Result<Task, Stop> {
    let instance = Instance::find(profile, terminal)?;
    Ok(Task::new(async move |terminal: &mut Terminal| {
        let name = one_line(file.file_name());
        let length = megabytes(file.length().unwrap_or_default());
        let handed_over = Arc::new(AtomicU64::new(0));
        let counter = Arc::clone(&handed_over);
        let file = file.on_progress(move |bytes, _| counter.store(bytes, Ordering::Relaxed));
        let mut sending = pin!(answer(limit.timeout, request(&instance, file)));
        let mut refresh = tokio::time::interval(REFRESH);
        let answer = loop {
            tokio::select! {
                answer = &mut sending => break answer,
                _ = refresh.tick(), if terminal.is_live() => {
                    let bytes = megabytes(handed_over.load(Ordering::Relaxed));
                    terminal.status(&format!("Sending {name}: {bytes} of {length}"));
                }
            }
        };
        terminal.clear_status();
        present(O::OPERATION.id, None, &answer?, show, terminal)
    }))
}

fn megabytes(bytes: u64) -> String {
    format!("{}.{} MB", bytes / 1_000_000, bytes % 1_000_000 / 100_000)
}
