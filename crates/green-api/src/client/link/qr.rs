//! Linking by a QR code that the phone scans.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use tokio::time::{Instant, sleep};

use super::{LinkError, LinkStep, Linked, Procedure, is_linked};
use crate::client::request::Account as _;
use crate::client::request::classify::clean;
use crate::types::{QrType, StateInstance};
use crate::{Delivery, Error, ErrorKind, operations};

/// How long codes are shown, unless the caller says otherwise. Each is good for 20 seconds.
const SHOWN_FOR: Duration = Duration::from_secs(300);
/// How long the server may be without a code before it is taken to have none: one follows a logout after a while.
const WITHOUT_CODE: Duration = Duration::from_secs(60);

/// A QR code to be scanned on the phone, as a PNG picture.
///
/// Whoever scans it links an account to the instance, so its `Debug` shows nothing of it.
#[derive(Clone, PartialEq, Eq)]
pub struct QrImage(Arc<[u8]>);

impl QrImage {
    /// Returns the PNG file.
    #[must_use]
    pub fn png(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for QrImage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("QrImage")
            .field("bytes", &self.0.len())
            .finish_non_exhaustive()
    }
}

impl Procedure {
    /// Reports each new code until one of them has been scanned.
    pub(super) async fn scan(&self) -> Result<Linked, LinkError> {
        let started = Instant::now();
        let (mut shown, mut attempt) = (None, 0);
        let mut seen = Instant::now();
        while self.timeout.is_some() || started.elapsed() < SHOWN_FOR {
            let answer = match self.instance.qr().await {
                Ok(answer) => answer,
                // The next code comes from the same place.
                Err(error) if error.is_transient() => {
                    sleep(self.interval).await;
                    continue;
                }
                Err(error) => return Err(error.into()),
            };
            let message = answer.message.unwrap_or_default();
            match answer.type_ {
                QrType::QrCode => {
                    seen = Instant::now();
                    if shown.as_ref() != Some(&message) {
                        let Ok(png) = BASE64.decode(message.as_bytes()) else {
                            return Err(LinkError::NotIssued(self.no_code("it is no picture")));
                        };
                        attempt = u32::saturating_add(attempt, 1);
                        self.report(LinkStep::Qr {
                            image: QrImage(png.into()),
                            attempt,
                        });
                        shown = Some(message);
                    }
                }
                QrType::AlreadyLogged => {
                    let state = self.state().await.ok().flatten().filter(is_linked);
                    return Ok(self
                        .linked(state.unwrap_or(StateInstance::Authorized))
                        .await);
                }
                QrType::PassKeyRequire | QrType::PasskeyRequired => {
                    return Err(LinkError::PasskeyRequired);
                }
                // There is none at the moment: the instance may be busy, or banned.
                _ => {
                    match self.state().await {
                        Ok(Some(StateInstance::Blocked)) => return Err(LinkError::Blocked),
                        Ok(_) => {}
                        Err(error) if error.is_transient() => {}
                        Err(error) => return Err(error.into()),
                    }
                    if seen.elapsed() >= WITHOUT_CODE {
                        return Err(LinkError::NotIssued(self.no_code(&message)));
                    }
                }
            }
            sleep(self.interval).await;
        }
        Err(LinkError::Expired)
    }

    fn no_code(&self, words: &str) -> Error {
        let words = clean(words, &[self.instance.credentials().token().expose()]);
        Error::new(operations::QR.id, ErrorKind::Declined, Delivery::Refused)
            .with_account(self.instance.name())
            .with_message(words)
            .with_advice(Some(
                "wait a minute, then try again, or link by phone number".to_owned(),
            ))
    }
}
