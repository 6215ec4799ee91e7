//! Linking a phone: the documented procedure as one call.
//!
//! See [`Link`].

// A number from outside must not meet an operator that can overflow.
#![deny(clippy::arithmetic_side_effects)]

mod qr;

use std::collections::VecDeque;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use futures_core::Stream;
use green_api_client::seconds;
pub use qr::QrImage;
use tokio::time::{Instant, sleep, timeout};

use crate::client::request::within_tokio;
use crate::types::StateInstance;
use crate::{AuthorizationCode, ChatId, Error, ErrorKind, Instance, PhoneNumber, operations};

/// How long an instance may take to start before it is given up: the documentation says up to 5 minutes.
const STARTING_LIMIT: Duration = Duration::from_secs(300);
/// A code typed in its last second still links, and the state follows a little later.
const GRACE: Duration = Duration::from_secs(15);
/// How often the state is looked at: half the documented rate, so that one more watcher fits beside this one.
const POLL_INTERVAL: Duration = Duration::from_secs(2);

/// The linking procedure; [`Instance::link`] makes one for a phone number, [`Instance::link_by_qr`] one for a phone that scans.
///
/// It looks at the state, logs out only if asked to, asks for a code, and watches the state until the code has been typed on the phone. It is a
/// [`Stream`] of every step and a [`Future`] of the end; awaiting it after some steps gives the end as well. Dropping it stops it: nothing runs
/// in the background.
///
/// The code is asked for **once**. Repeated calls are known to hurt instances, so [`ask_again`](Self::ask_again) is the caller's consent to
/// more.
///
/// ```no_run
/// use futures_util::StreamExt;
/// use green_api::{Instance, LinkStep};
///
/// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// let instance = Instance::from_env()?;
/// let mut link = instance.link("+44 7700 900123".parse()?);
/// while let Some(step) = link.next().await {
///     match step? {
///         LinkStep::Code { code, .. } => println!("Type {code} within {} s", code.expires_in().as_secs()),
///         LinkStep::Linked(account) => println!("Linked as {}", account.wid()),
///         _ => {}
///     }
/// }
/// # Ok(())
/// # }
/// ```
///
/// Documentation: [Link with phone number](https://green-api.com/en/docs/api/account/GetAuthorizationCode/).
#[must_use = "nothing happens until it is awaited or its steps are read"]
pub struct Link {
    steps: Steps,
    running: Running,
}

enum Running {
    Not(Box<Procedure>),
    Yes(Pin<Box<dyn Future<Output = Result<Linked, LinkError>> + Send>>),
    Ended,
}

type Steps = Arc<Mutex<VecDeque<LinkStep>>>;

/// One step of the procedure.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum LinkStep {
    /// The state was read before anything was done; `None` while the instance is being created.
    State(Option<StateInstance>),
    /// The account that was linked is being logged out, as asked.
    LoggingOut,
    /// A code is being asked for. This takes up to 30 s.
    RequestingCode,
    /// Here is the code: show it to the person with the phone.
    Code {
        /// The code.
        code: AuthorizationCode,
        /// Which one it is, counted from 1.
        attempt: u32,
    },
    /// Here is a QR code: show it in the place of the one before, which is void.
    Qr {
        /// The picture.
        image: QrImage,
        /// Which one it is, counted from 1.
        attempt: u32,
    },
    /// The code has not been typed yet.
    Waiting {
        /// What the state is; `None` if it could not be read this time.
        state: Option<StateInstance>,
        /// How much longer the code is good for.
        expires_in: Duration,
    },
    /// The phone is linked. The last step.
    Linked(Linked),
}

/// A linked account.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Linked {
    wid: String,
    state: StateInstance,
}

impl Linked {
    /// Returns the account's chat id, `447700900123@c.us`. Empty if it was linked by QR code and the server does not say whose it is.
    #[must_use]
    pub fn wid(&self) -> &str {
        &self.wid
    }

    /// Returns the state that says so: `authorized`, or `yellowCard` or `suspended` for an account that WhatsApp restricts.
    #[must_use]
    pub fn state(&self) -> &StateInstance {
        &self.state
    }
}

/// An error returned when a phone was not linked.
#[derive(Debug)]
#[non_exhaustive]
pub enum LinkError {
    /// An account is linked already, and logging it out was not asked for.
    AlreadyLinked,
    /// The server issued no code and gave no reason.
    NotIssued(Error),
    /// The code was not typed, or no QR code scanned, in time.
    Expired,
    /// WhatsApp asks for a passkey before it links this account.
    PasskeyRequired,
    /// WhatsApp has banned the account.
    Blocked,
    /// The instance did not become ready within 5 minutes.
    NotReady(Option<StateInstance>),
    /// The time given for the whole procedure is over.
    TimedOut,
    /// A request failed in a way that waiting does not mend.
    Failed(Error),
}

impl fmt::Display for LinkError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AlreadyLinked => f.write_str("an account is linked to the instance already; log it out first if it is to be replaced"),
            Self::NotIssued(error) | Self::Failed(error) => error.fmt(f),
            Self::Expired => f.write_str("the code expired before it was used; ask for a new one when the person is at the phone"),
            Self::PasskeyRequired => f.write_str("WhatsApp asks for a passkey before it links this account; link it in the console"),
            Self::Blocked => f.write_str("WhatsApp has banned the account; link another number"),
            Self::NotReady(Some(state)) => write!(f, "the instance is still in the state {state} after 5 minutes; reboot it, then ask the support"),
            Self::NotReady(None) => f.write_str("the instance is still being created after 5 minutes; ask the support"),
            Self::TimedOut => f.write_str("the phone was not linked within the time given; any code that was shown may still link it"),
        }
    }
}

impl std::error::Error for LinkError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            // Its text is this error's own text.
            Self::NotIssued(error) | Self::Failed(error) => error.source(),
            _ => None,
        }
    }
}

impl From<Error> for LinkError {
    fn from(error: Error) -> Self {
        Self::Failed(error)
    }
}

impl Instance {
    /// Links the WhatsApp account of that number: the documented procedure as one call. See [`Link`].
    pub fn link(&self, phone: PhoneNumber) -> Link {
        Link::new(self.clone(), phone)
    }

    /// Links a WhatsApp account by QR codes that the phone scans: the documented procedure as one call. See [`Link`].
    ///
    /// Its steps have a [`LinkStep::Qr`] every 20 seconds. It ends with [`LinkError::Expired`] when nobody has scanned one for 5 minutes, or
    /// for the time that [`Link::timeout`] gives.
    pub fn link_by_qr(&self) -> Link {
        Link::by_qr(self.clone())
    }
}

impl Link {
    pub(crate) fn new(instance: Instance, phone: PhoneNumber) -> Self {
        Self::with(instance, Way::Code(phone))
    }

    pub(crate) fn by_qr(instance: Instance) -> Self {
        Self::with(instance, Way::Qr)
    }

    fn with(instance: Instance, way: Way) -> Self {
        let steps = Steps::default();
        let procedure = Procedure {
            instance,
            way,
            logout_first: false,
            codes: 1,
            interval: POLL_INTERVAL,
            timeout: None,
            steps: Arc::clone(&steps),
        };
        Self {
            steps,
            running: Running::Not(Box::new(procedure)),
        }
    }

    fn configure(mut self, change: impl FnOnce(&mut Procedure)) -> Self {
        if let Running::Not(procedure) = &mut self.running {
            change(procedure);
        }
        self
    }

    /// Logs out the account that is linked now, if there is one.
    pub fn logout_first(self, yes: bool) -> Self {
        self.configure(|procedure| procedure.logout_first = yes)
    }

    /// Consents to this many more codes when one was not issued or expired; QR codes are renewed without it. Every call starts a new linking attempt on the server.
    pub fn ask_again(self, times: u32) -> Self {
        self.configure(|procedure| procedure.codes = times.saturating_add(1))
    }

    /// Sets how often the state is looked at; 2 s unless set, and never more often than the documentation allows.
    pub fn poll_interval(self, interval: Duration) -> Self {
        let fastest = operations::GET_STATE_INSTANCE
            .rate_limit
            .and_then(|rate| seconds(rate.recip()))
            .unwrap_or(Duration::from_secs(1));
        self.configure(|procedure| procedure.interval = interval.max(fastest))
    }

    /// Sets the time limit of the whole procedure; none unless set, since each wait within it has its own.
    pub fn timeout(self, limit: Duration) -> Self {
        self.configure(|procedure| procedure.timeout = Some(limit))
    }

    fn next_step(&self) -> Option<LinkStep> {
        self.steps
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .pop_front()
    }

    fn poll_running(&mut self, context: &mut Context<'_>) -> Poll<Result<Linked, LinkError>> {
        if let Running::Not(_) = &self.running
            && let Running::Not(procedure) = std::mem::replace(&mut self.running, Running::Ended)
        {
            self.running = Running::Yes(Box::pin(procedure.run()));
        }
        match &mut self.running {
            Running::Yes(future) => {
                let result = future.as_mut().poll(context);
                if result.is_ready() {
                    self.running = Running::Ended;
                }
                result
            }
            Running::Not(_) | Running::Ended => Poll::Pending,
        }
    }
}

impl fmt::Debug for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = match &self.running {
            Running::Not(_) => "not started",
            Running::Yes(_) => "running",
            Running::Ended => "ended",
        };
        f.debug_struct("Link")
            .field("state", &state)
            .finish_non_exhaustive()
    }
}

impl Future for Link {
    type Output = Result<Linked, LinkError>;

    /// The end.
    ///
    /// # Panics
    ///
    /// When it has ended before, as futures do.
    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        assert!(
            !matches!(self.running, Running::Ended),
            "`Link` was awaited after it had ended"
        );
        self.poll_running(context)
    }
}

impl Stream for Link {
    type Item = Result<LinkStep, LinkError>;

    /// The next step; after [`LinkStep::Linked`] or an error there are no more.
    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if let Some(step) = self.next_step() {
            return Poll::Ready(Some(Ok(step)));
        }
        if matches!(self.running, Running::Ended) {
            return Poll::Ready(None);
        }
        let end = self.poll_running(context);
        // Steps taken on the way to the end come before it.
        match (self.next_step(), end) {
            (Some(step), Poll::Pending) => Poll::Ready(Some(Ok(step))),
            (None, Poll::Pending) => Poll::Pending,
            (first, Poll::Ready(Ok(linked))) => {
                let mut steps = self.steps.lock().unwrap_or_else(PoisonError::into_inner);
                steps.push_back(LinkStep::Linked(linked));
                let next = first.or_else(|| steps.pop_front());
                Poll::Ready(next.map(Ok))
            }
            (first, Poll::Ready(Err(error))) => match first {
                // An error must not overtake the step before it.
                Some(step) => {
                    self.running = Running::Yes(Box::pin(std::future::ready(Err(error))));
                    Poll::Ready(Some(Ok(step)))
                }
                None => Poll::Ready(Some(Err(error))),
            },
        }
    }
}

/// How the account is linked.
enum Way {
    /// By a code for this number, which is typed on the phone.
    Code(PhoneNumber),
    /// By a QR code, which the phone scans.
    Qr,
}

struct Procedure {
    instance: Instance,
    way: Way,
    logout_first: bool,
    codes: u32,
    interval: Duration,
    timeout: Option<Duration>,
    steps: Steps,
}

impl Procedure {
    async fn run(self) -> Result<Linked, LinkError> {
        within_tokio(operations::GET_STATE_INSTANCE.id)?;
        match self.timeout {
            Some(limit) => timeout(limit, self.link())
                .await
                .unwrap_or(Err(LinkError::TimedOut)),
            None => self.link().await,
        }
    }

    fn report(&self, step: LinkStep) {
        self.steps
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push_back(step);
    }

    async fn link(&self) -> Result<Linked, LinkError> {
        if is_linked(&self.ready().await?) {
            if !self.logout_first {
                return Err(LinkError::AlreadyLinked);
            }
            self.report(LinkStep::LoggingOut);
            self.instance.logout().await?;
            self.logged_out().await?;
        }
        match self.way {
            Way::Code(phone) => self.type_code(phone).await,
            Way::Qr => self.scan().await,
        }
    }

    /// Asks for a code until one of them has been typed.
    async fn type_code(&self, phone: PhoneNumber) -> Result<Linked, LinkError> {
        let mut attempt: u32 = 1;
        loop {
            self.report(LinkStep::RequestingCode);
            let failure = match self.instance.get_authorization_code(phone).await {
                Ok(code) => {
                    self.report(LinkStep::Code {
                        code: code.clone(),
                        attempt,
                    });
                    match self.watch(&code).await? {
                        Some(state) => return Ok(self.linked(state).await),
                        None => LinkError::Expired,
                    }
                }
                Err(error) if error.kind() == ErrorKind::Declined => LinkError::NotIssued(error),
                Err(error) => return Err(error.into()),
            };
            if attempt >= self.codes {
                return Err(failure);
            }
            attempt = attempt.saturating_add(1);
            sleep(self.interval).await;
            // A failed attempt can leave the instance starting.
            let state = self.ready().await?;
            if is_linked(&state) {
                return Ok(self.linked(state).await);
            }
        }
    }

    /// Waits until the instance can be asked for a code, and gives its state.
    async fn ready(&self) -> Result<StateInstance, LinkError> {
        self.settle(|state| *state != StateInstance::Starting).await
    }

    async fn logged_out(&self) -> Result<StateInstance, LinkError> {
        sleep(self.interval).await;
        self.settle(|state| !is_linked(state) && *state != StateInstance::Starting)
            .await
    }

    /// Waits until the state is of the wanted kind.
    async fn settle(
        &self,
        wanted: impl Fn(&StateInstance) -> bool,
    ) -> Result<StateInstance, LinkError> {
        let started = Instant::now();
        loop {
            let state = self.state().await?;
            self.report(LinkStep::State(state.clone()));
            match state {
                Some(StateInstance::Blocked) => return Err(LinkError::Blocked),
                Some(state) if wanted(&state) => return Ok(state),
                state if started.elapsed() >= STARTING_LIMIT => {
                    return Err(LinkError::NotReady(state));
                }
                _ => sleep(self.interval).await,
            }
        }
    }

    async fn state(&self) -> Result<Option<StateInstance>, Error> {
        Ok(self
            .instance
            .get_state_instance()
            .await?
            .map(|answer| answer.state_instance))
    }

    /// Watches the state until the phone is linked; `None` if the code expires before.
    async fn watch(&self, code: &AuthorizationCode) -> Result<Option<StateInstance>, LinkError> {
        let started = Instant::now();
        let limit = code.expires_in().saturating_add(GRACE);
        while started.elapsed() < limit {
            sleep(self.interval).await;
            let state = match self.state().await {
                Ok(state) => state,
                // The code stays good while the server is away.
                Err(error) if error.is_transient() => None,
                Err(error) => return Err(error.into()),
            };
            match state {
                Some(state) if is_linked(&state) => return Ok(Some(state)),
                Some(StateInstance::Blocked) => return Err(LinkError::Blocked),
                state => self.report(LinkStep::Waiting {
                    state,
                    expires_in: code.expires_in(),
                }),
            }
        }
        Ok(None)
    }

    /// The account that is linked now. That it is linked is known; only its own name for itself may be missing.
    async fn linked(&self, state: StateInstance) -> Linked {
        let settings = self.instance.get_settings().await.ok();
        let wid = settings
            .and_then(|settings| settings.wid)
            .filter(|wid| !wid.is_empty());
        let wid = wid.unwrap_or_else(|| match self.way {
            Way::Code(phone) => ChatId::from(phone).as_str().to_owned(),
            Way::Qr => String::new(),
        });
        Linked { wid, state }
    }
}

/// Whether an account is linked, restricted or not.
fn is_linked(state: &StateInstance) -> bool {
    matches!(
        state,
        StateInstance::Authorized | StateInstance::YellowCard | StateInstance::Suspended
    )
}
