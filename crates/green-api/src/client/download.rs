//! Files of messages, saved to disk whole or not at all.

// A number from outside must not meet an operator that can overflow.
#![deny(clippy::arithmetic_side_effects)]

use std::fmt;
use std::future::{Future, IntoFuture};
use std::io;
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use green_api_client::download::{Fetched, fetch};
use green_api_client::{AccountName, ResponseRecord};
use green_api_types::operations::DOWNLOAD_FILE;
use reqwest::Url;
use tempfile::{NamedTempFile, TempPath};
use tokio::fs::File;
use tokio::io::AsyncWriteExt as _;
use tokio::time::timeout;
use tracing::Instrument as _;

use crate::client::credentials::is_loopback;
use crate::client::request::classify::communication;
use crate::client::request::{Account as _, within_tokio};
use crate::endpoints::DownloadFile;
use crate::telemetry::Call;
use crate::{Client, Delivery, Error, ErrorKind, Instance, InstanceId, Request};

/// How long fetching may take in all, unless told otherwise: 100 MB on a slow line.
const TIMEOUT: Duration = Duration::from_secs(30 * 60);
/// How long nothing at all may arrive.
const SILENCE: Duration = Duration::from_secs(60);
/// How often a storage host may send us on.
const REDIRECTS: usize = 5;

type Progress = Arc<dyn Fn(u64, Option<u64>) + Send + Sync>;

/// A file on its way to disk; it is fetched when this is awaited. See [`Instance::download`] and [`Request::save_to`].
///
/// The file appears under its name when it is complete and on the disk, and replaces one that is there. Until then it is a hidden file in the same
/// folder, which is gone when anything fails or when the future is dropped. Nothing is resumed: every download is whole.
///
/// The file is kept on another host, which gets no token. It is reached by `https` only, except on this machine, and over at most five redirects.
#[must_use = "nothing is fetched until it is awaited"]
pub struct Download {
    source: Source,
    instance: InstanceId,
    client: Client,
    path: PathBuf,
    progress: Option<Progress>,
    timeout: Duration,
    max_bytes: Option<u64>,
}

enum Source {
    Address(String),
    Message(Box<Request<DownloadFile>>),
}

/// A file that was saved.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Saved {
    /// The path it was saved to.
    pub path: PathBuf,
    /// Its length in bytes.
    pub bytes: u64,
}

impl Instance {
    /// Saves the file at an address that a notification, a journal or `downloadFile` gave as `downloadUrl`. See [`Download`].
    ///
    /// ```no_run
    /// # async fn example(instance: green_api::Instance, url: &str) -> Result<(), green_api::Error> {
    /// let saved = instance.download(url, "photo.jpg").on_progress(|bytes, of| println!("{bytes} of {of:?}")).await?;
    /// println!("{} bytes", saved.bytes);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidInput`] for what is not an address, such as the marker `{{SWE002}}`; [`ErrorKind::Declined`] when the host has no such file (any
    /// more); [`ErrorKind::File`] when the disk fails; and what any request can fail with.
    pub fn download(&self, url: impl Into<String>, path: impl AsRef<Path>) -> Download {
        Download::new(Source::Address(url.into()), self, path.as_ref())
    }
}

impl Request<DownloadFile> {
    /// Asks for the address and saves the file. See [`Download`].
    ///
    /// ```no_run
    /// # async fn example(instance: green_api::Instance, chat: green_api::ChatId) -> Result<(), green_api::Error> {
    /// instance.download_file(chat, "A322F800D3F12CD4858CC947DAFB77A2").save_to("photo.jpg").await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn save_to(self, path: impl AsRef<Path>) -> Download {
        let instance = self.account().clone();
        Download::new(Source::Message(Box::new(self)), &instance, path.as_ref())
    }
}

impl Download {
    fn new(source: Source, instance: &Instance, path: &Path) -> Self {
        Self {
            source,
            instance: instance.id(),
            client: instance.client().clone(),
            path: path.to_owned(),
            progress: None,
            timeout: TIMEOUT,
            max_bytes: None,
        }
    }

    /// Calls this as the file arrives, with the bytes so far and the length if the host told it.
    pub fn on_progress(
        mut self,
        callback: impl Fn(u64, Option<u64>) + Send + Sync + 'static,
    ) -> Self {
        self.progress = Some(Arc::new(callback));
        self
    }

    /// Sets how long fetching the file may take; 30 minutes unless set. A host that is silent for a minute is given up in any case.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// Gives up on a file that is longer than this.
    pub fn max_bytes(mut self, limit: u64) -> Self {
        self.max_bytes = Some(limit);
        self
    }

    async fn run(mut self) -> Result<Saved, Error> {
        within_tokio(DOWNLOAD_FILE.id)?;
        // Before anything is asked for: a wrong folder is found out at once.
        let (temporary, mut part) = Part::create(&self.path)
            .map_err(|error| unwritable(&self.path, error, Delivery::NotSent))?;
        let account = AccountName::Instance(self.instance);
        let told = |error: Error| error.with_account(account);
        let url = match std::mem::replace(&mut self.source, Source::Address(String::new())) {
            Source::Address(url) => url,
            Source::Message(request) => (*request).await?.download_url,
        };
        let call = Call::download(self.instance);
        let bytes = timeout(self.timeout, self.fetch_into(&url, &mut part, &call))
            .await
            .unwrap_or_else(|_| Err(too_slow()))
            .map_err(told)
            .inspect_err(|error| call.fails(error))?;
        call.succeeds();
        drop(call);
        part.finish(temporary, &self.path)
            .await
            .map_err(|error| told(unwritable(&self.path, error, Delivery::Accepted)))?;
        Ok(Saved {
            path: self.path,
            bytes,
        })
    }

    async fn fetch_into(&self, url: &str, part: &mut Part, call: &Call<'_>) -> Result<u64, Error> {
        let mut fetched = self.open(address(url)?, call).await?;
        let length = fetched.length();
        self.check_length(length.unwrap_or_default())?;
        let mut bytes: u64 = 0;
        let seen = ResponseRecord {
            status: Some(fetched.status()),
            ..ResponseRecord::default()
        };
        while let Some(piece) = quiet(fetched.chunk(), &seen).await? {
            bytes = bytes.saturating_add(piece.len() as u64);
            self.check_length(bytes)?;
            part.0
                .write_all(&piece)
                .await
                .map_err(|error| unwritable(&self.path, error, Delivery::Accepted))?;
            if let Some(progress) = &self.progress {
                progress(bytes, length);
            }
        }
        Ok(bytes)
    }

    /// The good answer, wherever redirects lead.
    async fn open(&self, mut url: Url, call: &Call<'_>) -> Result<Fetched, Error> {
        for _ in 0..=REDIRECTS {
            let fetching = async {
                let http = self.client.elsewhere().http(is_loopback(&url));
                let fetching = fetch(http, url.clone());
                let fetched = quiet(fetching, &ResponseRecord::default()).await?;
                match fetched.status() {
                    200 | 301 | 302 | 303 | 307 | 308 => Ok((None, fetched)),
                    _ => Err(refused(&fetched)),
                }
            };
            let attempt = call.begin_attempt(&url);
            let outcome = fetching.instrument(attempt.span()).await;
            let status = outcome.as_ref().ok();
            let status = status.map(|(_, fetched): &(_, Fetched)| fetched.status());
            let (_, fetched) = attempt.ends(outcome, status)?;
            let location = match fetched.status() {
                200 => return Ok(fetched),
                _ => fetched
                    .location()
                    .and_then(|location| url.join(location).ok()),
            };
            let Some(next) = location else {
                return Err(refused(&fetched));
            };
            // A host elsewhere must not lead us to one on this machine, nor to where everybody can listen.
            if next.scheme() != "https" && !(is_loopback(&next) && is_loopback(&url)) {
                let message = "the host leads to an address that is not https";
                return Err(error(
                    ErrorKind::Declined,
                    Delivery::Refused,
                    Some(fetched.status()),
                    message,
                ));
            }
            url = next;
        }
        Err(error(
            ErrorKind::Declined,
            Delivery::Refused,
            None,
            "the host leads from one address to the next without an end",
        ))
    }

    fn check_length(&self, bytes: u64) -> Result<(), Error> {
        match self.max_bytes.filter(|limit| bytes > *limit) {
            Some(limit) => {
                let message = format!("more than {limit} bytes");
                Err(error(
                    ErrorKind::AnswerTooLong,
                    Delivery::Accepted,
                    Some(200),
                    message,
                )
                .with_advice(Some("allow more with `max_bytes`".to_owned())))
            }
            None => Ok(()),
        }
    }
}

impl IntoFuture for Download {
    type Output = Result<Saved, Error>;
    type IntoFuture = Pin<Box<dyn Future<Output = Self::Output> + Send>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.run())
    }
}

impl fmt::Debug for Download {
    // The address may be signed, and so as good as a key.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Download")
            .field("path", &self.path)
            .field("timeout", &self.timeout)
            .field("max_bytes", &self.max_bytes)
            .finish_non_exhaustive()
    }
}

/// A file that has not got its name yet.
struct Part(File);

impl Part {
    /// What removes the file when it is dropped, and the file.
    fn create(path: &Path) -> io::Result<(TempPath, Self)> {
        if path.is_dir() {
            return Err(io::Error::new(
                io::ErrorKind::IsADirectory,
                "it is a folder",
            ));
        }
        // Only a rename within one folder is sure to be one step.
        let folder = path
            .parent()
            .filter(|folder| !folder.as_os_str().is_empty())
            .unwrap_or(Path::new("."));
        let mut builder = tempfile::Builder::new();
        builder.prefix(".green-api-").suffix(".part");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            // As for any new file: what the user's mask leaves.
            builder.permissions(std::fs::Permissions::from_mode(0o666));
        }
        let (file, path) = NamedTempFile::into_parts(builder.tempfile_in(folder)?);
        Ok((path, Self(File::from_std(file))))
    }

    /// Puts it under its name once it is on the disk.
    async fn finish(mut self, temporary: TempPath, path: &Path) -> io::Result<()> {
        self.0.flush().await?;
        self.0.sync_all().await?;
        // Some systems rename no open file.
        drop(self.0.into_std().await);
        temporary.persist(path).map_err(|error| error.error)
    }
}

/// The address of a file, if it is one to go to.
fn address(text: &str) -> Result<Url, Error> {
    let text = text.trim();
    let problem = if text.is_empty() {
        "there is no address: the server has no file for this message (any more)"
    } else if text.starts_with("{{SWE") {
        "the server gave a marker in place of an address: the file is too large for it, more than 100 MB, or was never received"
    } else {
        match Url::parse(text) {
            Ok(url) if url.scheme() == "https" || (url.scheme() == "http" && is_loopback(&url)) => {
                return Ok(url);
            }
            Ok(_) => "the address of the file is not https",
            Err(_) => "the address of the file is no address",
        }
    };
    Err(Error::invalid(DOWNLOAD_FILE.id, problem).with_advice(Some("nothing was saved".to_owned())))
}

/// Waits for the host, but not for ever.
async fn quiet<T>(
    arriving: impl Future<Output = reqwest::Result<T>>,
    seen: &ResponseRecord,
) -> Result<T, Error> {
    let failure = match timeout(SILENCE, arriving).await {
        Ok(Ok(arrived)) => return Ok(arrived),
        Ok(Err(error)) => communication(&DOWNLOAD_FILE, error, seen, &[]),
        Err(_) => too_slow(),
    };
    Err(failure.with_advice(Some("nothing was saved; fetch it again".to_owned())))
}

fn error(
    kind: ErrorKind,
    delivery: Delivery,
    status: Option<u16>,
    message: impl Into<String>,
) -> Error {
    Error::new(DOWNLOAD_FILE.id, kind, delivery)
        .with_status(status)
        .with_message(Some(message.into()))
        .with_advice(Some(
            "addresses expire, so ask for another one with `downloadFile`".to_owned(),
        ))
}

fn too_slow() -> Error {
    let advice = "nothing was saved; allow more time or fetch it again".to_owned();
    Error::new(DOWNLOAD_FILE.id, ErrorKind::TimedOut, Delivery::MaybeSent).with_advice(Some(advice))
}

fn unwritable(path: &Path, cause: io::Error, delivery: Delivery) -> Error {
    Error::file(
        DOWNLOAD_FILE.id,
        format!("{} cannot be written: {cause}", path.display()),
        delivery,
        "nothing was saved",
    )
    .with_source(cause)
}

/// What a storage host says instead of giving the file.
fn refused(fetched: &Fetched) -> Error {
    let status = fetched.status();
    let (kind, message) = match status {
        401 | 403 | 404 | 410 => (
            ErrorKind::Declined,
            "the host does not give the file (any more)",
        ),
        429 => (ErrorKind::RateLimited, "the host gives files more slowly"),
        502..=504 => (ErrorKind::Gateway, "the host of the file is away"),
        500..=599 => (ErrorKind::Server, "the host of the file failed"),
        _ => (
            ErrorKind::UnexpectedStatus,
            "the host does not give the file",
        ),
    };
    error(kind, Delivery::Refused, Some(status), message).with_retry_after(fetched.retry_after())
}
