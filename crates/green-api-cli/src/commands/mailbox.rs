//! What `outbox`, `inbox` and `relay` have in common: the store, and how they run.

use std::env;
use std::path::PathBuf;
use std::pin::pin;
use std::time::{Duration, SystemTime};

use directories::ProjectDirs;
use green_api::UnixTime;
use green_api_mailbox::{Error, Store};
use tokio::sync::mpsc::UnboundedReceiver;

use super::interrupts::Interrupts;
use crate::account::{create_private, warning};
use crate::args::StoreArgs;
use crate::failure::{Exit, Failure, Stop};
use crate::terminal::Terminal;
use crate::text::{moment, table};

/// Where the store is unless another one is named.
const DIRECTORY: &str = "GREEN_API_DATA_DIR";
const FILE: &str = "mailbox.db";

/// Opens the store. From then on, the terminal hides its address.
pub(super) async fn open(args: &StoreArgs, terminal: &mut Terminal) -> Result<Store, Failure> {
    let path = match args.store.as_deref() {
        // As of a variable that is set to nothing.
        None | Some("") => default_path()?,
        Some(store) => match scheme(store) {
            None => store.into(),
            Some(scheme) if is_postgres(scheme) && store[scheme.len()..].starts_with("://") => {
                terminal.hide_secret(store);
                return Ok(Store::postgres(store).await?);
            }
            Some(scheme) => {
                return Err(Failure::input(format!(
                    "--store or GREEN_API_STORE: what begins with `{scheme}:` is neither a path nor an address of PostgreSQL, such as \
                     postgres://user@host/database; a file of that name is ./{scheme}:…"
                )));
            }
        },
    };
    let store = Store::sqlite(&path).await?;
    if let Some(warning) = warning(&path, "messages") {
        terminal.warn(&warning);
    }
    Ok(store)
}

/// Returns the scheme of an address, which is empty for `:memory:`. A letter alone is a drive.
fn scheme(store: &str) -> Option<&str> {
    let (scheme, _) = store.split_once(':')?;
    let of_scheme = |c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.');
    let is_scheme = scheme.chars().all(of_scheme)
        && !scheme.starts_with(|first: char| !first.is_ascii_alphabetic());
    (is_scheme && scheme.len() != 1).then_some(scheme)
}

fn is_postgres(scheme: &str) -> bool {
    let known = ["postgres", "postgresql"];
    known.iter().any(|known| scheme.eq_ignore_ascii_case(known))
}

fn default_path() -> Result<PathBuf, Failure> {
    let folder = match env::var_os(DIRECTORY).filter(|folder| !folder.is_empty()) {
        Some(folder) => folder.into(),
        None => ProjectDirs::from("", "", "green-api")
            .map(|folders| folders.data_dir().to_owned())
            .ok_or_else(|| {
                Failure::configuration(format!(
                    "this user has no data directory; set {DIRECTORY}, or give --store"
                ))
            })?,
    };
    create_private(&folder).map_err(|error| {
        Failure::configuration(format!("cannot create {}: {error}", folder.display()))
    })?;
    Ok(folder.join(FILE))
}

/// Runs something that ends at the first interrupt, and shows what it reports. A second interrupt ends it at once. Where the output fails, what is
/// under way is finished first.
pub(super) async fn attended<E: Into<Stop>, R>(
    running: impl Future<Output = Result<(), E>>,
    mut reports: UnboundedReceiver<R>,
    interrupts: &Interrupts,
    mut show: impl FnMut(&R) -> Result<(), Stop>,
) -> Result<(), Stop> {
    let (mut running, mut second) = (pin!(running), pin!(interrupts.second()));
    let mut shown = Ok(());
    let mut show = |report| {
        if shown.is_ok() {
            shown = show(&report);
            if shown.is_err() {
                interrupts.fail();
            }
        }
    };
    let ended = loop {
        tokio::select! {
            biased;
            Some(report) = reports.recv() => show(report),
            ended = &mut running => break ended,
            () = &mut second => return Err(Stop::Interrupted),
        }
    };
    while let Ok(report) = reports.try_recv() {
        show(report);
    }
    ended.map_err(Into::into).and(shown)
}

/// Shows how many there are of what, and how long the oldest waits.
pub(super) fn counted(counts: &[(&str, u64)], oldest: Option<Duration>) -> String {
    let counts = counts
        .iter()
        .map(|(what, count)| [(*what).to_owned(), count.to_string()]);
    let oldest = oldest.map(|age| {
        let age = humantime::format_duration(Duration::from_secs(age.as_secs()));
        ["oldest".to_owned(), age.to_string()]
    });
    table(&Vec::from_iter(counts.chain(oldest)))
}

/// Shows a point in time.
pub(super) fn time(time: SystemTime) -> String {
    moment(UnixTime::from(seconds(time)))
}

/// Returns the seconds since 1970, as in all lines of `--json`.
pub(super) fn seconds(time: SystemTime) -> i64 {
    let since = time.duration_since(SystemTime::UNIX_EPOCH);
    since.map_or(0, |since| {
        i64::try_from(since.as_secs()).unwrap_or(i64::MAX)
    })
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        let (exit, kind) = match error {
            Error::Request(error) => return error.into(),
            Error::Unavailable(_) => (Exit::Network, "storeUnavailable"),
            Error::Conflict { .. } => (Exit::Input, "keyConflict"),
            Error::Unknown(_) => (Exit::Input, "unknownKey"),
            Error::State { .. } => (Exit::State, "entryState"),
            Error::Newer { .. } | Error::Open(_) | Error::Key(_) => (Exit::Input, "store"),
            _ => (Exit::Unexpected, "store"),
        };
        Self::new(exit, kind, error.to_string())
    }
}

impl From<Error> for Stop {
    fn from(error: Error) -> Self {
        Failure::from(error).into()
    }
}
