use std::collections::BTreeMap;
use std::ops::RangeInclusive;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use serde_json::value::RawValue;
use tokio::sync::watch;

use crate::account::{Account, IssuedCode};
use crate::bundle::Bundle;
use crate::calls::Call;
use crate::clock::Clock;
use crate::fault::Fault;
use crate::files::Files;
use crate::groups::Group;
use crate::limiter::Limiter;
use crate::messages::Messages;
use crate::people::Person;
use crate::phone::PhoneError;
use crate::queue::Release;
use crate::quota::Plan;
use crate::requests::RequestLog;
use crate::state::State;
use crate::stories::Published;

/// The numbers that an instance can have. All of them, and the one after the last, are exact in every reader of JSON.
pub(crate) const INSTANCE_IDS: RangeInclusive<u64> = 1..=9_007_199_254_740_990;

/// What the handles, the server and its connections share.
pub(crate) struct Core {
    pub(crate) bundle: Arc<Bundle>,
    pub(crate) clock: Clock,
    pub(crate) options: Options,
    pub(crate) partner_token: String,
    world: Mutex<World>,
    /// Stirred when a notification was queued or something was scheduled, so that long polls look again.
    stirred: watch::Sender<()>,
    /// Turns true when the sandbox is dropped.
    pub(crate) closed: watch::Sender<bool>,
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct Options {
    pub(crate) delay: Duration,
    pub(crate) restart_time: Duration,
    pub(crate) link_time: Duration,
    pub(crate) creation_time: Duration,
    pub(crate) rate_limits: bool,
    pub(crate) plan: Plan,
    pub(crate) webhook_retry: Duration,
    pub(crate) delivery_time: Duration,
}

/// What a world begins with.
pub(crate) struct Start {
    pub(crate) partner_token: String,
    pub(crate) accounts: Vec<Account>,
    pub(crate) files: Files,
    pub(crate) rng: fastrand::Rng,
}

/// Everything that changes. It is reached through [`Core::with`], which first lets happen what is due.
pub(crate) struct World {
    /// The time at which things happen: the clock's, or the due time of what is being carried out.
    pub(crate) now: SystemTime,
    pub(crate) accounts: BTreeMap<u64, Account>,
    pub(crate) people: BTreeMap<String, Person>,
    pub(crate) groups: BTreeMap<String, Group>,
    pub(crate) messages: Messages,
    pub(crate) calls: Vec<Call>,
    pub(crate) stories: Vec<Published>,
    pub(crate) limiter: Limiter,
    pub(crate) faults: Vec<Fault>,
    pub(crate) requests: RequestLog,
    pub(crate) files: Files,
    pub(crate) rng: fastrand::Rng,
    /// The phones that type every code, by number, and how long they take.
    pub(crate) typing_phones: BTreeMap<String, Duration>,
    pub(crate) options: Options,
    agenda: BTreeMap<(SystemTime, u64), Event>,
    scheduled: u64,
    /// Something has changed that somebody may be waiting for.
    pub(crate) stirred: bool,
    /// How often something has changed.
    pub(crate) version: u64,
}

/// Something that happens by itself when its time has come.
pub(crate) enum Event {
    Restarted(u64),
    Linked(u64),
    Typed {
        phone: String,
        code: String,
    },
    /// Nothing but a wake-up for what posts webhooks.
    WebhookDue,
    /// A notification that was held back takes its place.
    NotificationDue(u64),
    /// A message in the sending queue of an instance may leave.
    Sending(u64),
    /// A message is at the door of its recipients.
    Arrived(String),
    /// The time of a message in a disappearing chat is over.
    Disappears(String),
    /// The owner of a phone does something about a call.
    CallAnswered(String),
    CallOver(String),
}

impl Core {
    pub(crate) fn new(bundle: Arc<Bundle>, clock: Clock, options: Options, start: Start) -> Self {
        let world = World {
            now: clock.now(),
            accounts: start
                .accounts
                .into_iter()
                .map(|account| (account.id, account))
                .collect(),
            people: BTreeMap::new(),
            groups: BTreeMap::new(),
            messages: Messages::default(),
            calls: Vec::new(),
            stories: Vec::new(),
            limiter: Limiter::default(),
            faults: Vec::new(),
            requests: RequestLog::default(),
            files: start.files,
            rng: start.rng,
            typing_phones: BTreeMap::new(),
            options,
            agenda: BTreeMap::new(),
            scheduled: 0,
            stirred: false,
            version: 0,
        };
        Self {
            bundle,
            clock,
            options,
            partner_token: start.partner_token,
            world: Mutex::new(world),
            stirred: watch::Sender::new(()),
            closed: watch::Sender::new(false),
        }
    }

    /// Looks at the world, or changes it, as it is at this moment.
    pub(crate) fn with<T>(&self, act: impl FnOnce(&mut World) -> T) -> T {
        // A panic elsewhere must not turn every later request into another one.
        let mut world = self.world.lock().unwrap_or_else(PoisonError::into_inner);
        world.catch_up(self.clock.now());
        let result = act(&mut world);
        world.file_notifications();
        if std::mem::take(&mut world.stirred) {
            world.version += 1;
            self.stirred.send_replace(());
        }
        result
    }

    /// Panics when the description has no such operation: whoever names it has misspelt it.
    pub(crate) fn expect_operation(&self, operation: &str) {
        assert!(
            self.bundle.has(operation),
            "there is no operation `{operation}`"
        );
    }

    /// Asks again and again, whenever the answer may have changed, until there is one or `deadline` is reached.
    pub(crate) async fn wait_for<T>(
        &self,
        deadline: Option<SystemTime>,
        mut ask: impl FnMut(&mut World) -> Option<T>,
    ) -> Option<T> {
        let mut stirred = self.stirred.subscribe();
        loop {
            stirred.mark_unchanged();
            let (answer, now, next) =
                self.with(|world| (ask(world), world.now, world.next_event()));
            if answer.is_some() || deadline.is_some_and(|deadline| deadline <= now) {
                return answer;
            }
            let wake = async {
                match deadline.into_iter().chain(next).min() {
                    Some(time) => self.clock.sleep_until(time).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                () = wake => {}
                _ = stirred.changed() => {}
            }
        }
    }
}

impl World {
    /// Lets everything happen that is due, in order and each at its own time.
    fn catch_up(&mut self, now: SystemTime) {
        while let Some(entry) = self.agenda.first_entry() {
            let due = entry.key().0;
            if due > now {
                break;
            }
            let event = entry.remove();
            self.now = due;
            self.carry_out(event);
            self.file_notifications();
        }
        self.now = now;
    }

    fn carry_out(&mut self, event: Event) {
        let now = self.now;
        self.stirred = true;
        match event {
            Event::Restarted(id) => {
                if let Some(account) = self.accounts.get_mut(&id) {
                    account.restarted(now);
                }
                self.resume(id);
            }
            Event::Linked(id) => {
                let Some(account) = self.accounts.get_mut(&id) else {
                    return;
                };
                // Whatever interrupted the linking took it away.
                if let Some((phone, _)) = account.linking.take_if(|(_, at)| *at == now) {
                    account.phone = Some(phone);
                    account.enter(State::Authorized, now);
                }
                self.resume(id);
            }
            Event::Typed { phone, code } => {
                // The code may be void by now; the phone shows its owner an error, and nobody else learns of it.
                let _ = self.type_code(&phone, &code);
            }
            Event::WebhookDue => {}
            Event::NotificationDue(id) => {
                if let Some(account) = self.accounts.get_mut(&id) {
                    account
                        .queue
                        .release(|release| matches!(release, Release::At(time) if *time <= now));
                }
            }
            Event::Sending(id) => self.send_what_is_due(id),
            Event::Arrived(id) => self.arrive(&id),
            Event::Disappears(id) => self.disappear(&id),
            Event::CallAnswered(id) => self.call_answered(&id),
            Event::CallOver(id) => self.call_over(&id),
        }
    }

    pub(crate) fn schedule(&mut self, after: Duration, event: Event) {
        self.scheduled += 1;
        self.agenda
            .insert((self.now + after, self.scheduled), event);
        self.stirred = true;
    }

    fn next_event(&self) -> Option<SystemTime> {
        self.agenda.keys().next().map(|(due, _)| *due)
    }

    /// Gives out a new code, which makes the one before void. `None` when the instance does not get one.
    pub(crate) fn issue_code(&mut self, id: u64, phone: &str) -> Option<String> {
        let code: String = (0..8)
            .map(|_| {
                self.rng
                    .choice(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789")
                    .map_or('0', |&byte| char::from(byte))
            })
            .collect();
        let account = self.accounts.get_mut(&id)?;
        if account.refuses_codes || account.state() != State::NotAuthorized {
            return None;
        }
        account.code = Some(IssuedCode::new(code.clone(), phone.to_owned(), self.now));
        if let Some(after) = self.typing_phones.get(phone).copied() {
            self.schedule(
                after,
                Event::Typed {
                    phone: phone.to_owned(),
                    code: code.clone(),
                },
            );
        }
        Some(code)
    }

    /// A phone makes it a habit to type codes, beginning with one that is waiting already.
    pub(crate) fn type_codes(&mut self, phone: &str, after: Duration) {
        self.typing_phones.insert(phone.to_owned(), after);
        let waiting: Vec<String> = self
            .codes_for(phone)
            .map(|(_, code)| code.text.clone())
            .collect();
        for code in waiting {
            self.schedule(
                after,
                Event::Typed {
                    phone: phone.to_owned(),
                    code,
                },
            );
        }
    }

    /// A code is typed on a phone. When it is right it is used up, and the account is linked a moment later.
    pub(crate) fn type_code(&mut self, phone: &str, code: &str) -> Result<(), PhoneError> {
        let now = self.now;
        let matching = self
            .codes_for(phone)
            .find(|(_, issued)| issued.text == code)
            .map(|(id, issued)| (id, issued.is_expired(now)));
        let id = match matching {
            Some((_, true)) => return Err(PhoneError::Expired),
            Some((id, false)) => id,
            None if self.codes_for(phone).next().is_some() => return Err(PhoneError::WrongCode),
            None => return Err(PhoneError::NoCode),
        };
        self.link_soon(id, phone);
        Ok(())
    }

    /// A phone scans a QR code. When an instance shows it now, the account is linked a moment later.
    pub(crate) fn scan_qr(&mut self, phone: &str, content: &str) -> Result<(), PhoneError> {
        let now = self.now;
        let shows = |account: &&Account| account.qr(now).is_some_and(|shown| shown == content);
        let id = self
            .accounts
            .values()
            .find(shows)
            .map(|account| account.id)
            .ok_or(PhoneError::UnknownQr)?;
        self.link_soon(id, phone);
        Ok(())
    }

    fn link_soon(&mut self, id: u64, phone: &str) {
        let linked = self.now + self.options.link_time;
        if let Some(account) = self.accounts.get_mut(&id) {
            account.code = None;
            account.linking = Some((phone.to_owned(), linked));
            self.schedule(self.options.link_time, Event::Linked(id));
        }
    }

    /// The number of the next new instance: the one after the last, or when there is none, the first that is free.
    pub(crate) fn next_instance_id(&self) -> u64 {
        let after_last = self.accounts.keys().next_back().map_or(1, |last| last + 1);
        if INSTANCE_IDS.contains(&after_last) {
            return after_last;
        }
        INSTANCE_IDS
            .zip(self.accounts.keys())
            .find(|(free, taken)| free != *taken)
            .map_or(after_last, |(free, _)| free)
    }

    /// Adds an instance that is ready at once. `None` when there is one with this number, which must be one of [`INSTANCE_IDS`].
    pub(crate) fn add_instance(&mut self, id: Option<u64>, token: Option<String>) -> Option<u64> {
        let id = id.unwrap_or_else(|| self.next_instance_id());
        if self.accounts.contains_key(&id) {
            return None;
        }
        let token = token.unwrap_or_else(|| self.new_token());
        self.accounts.insert(id, Account::new(id, token, self.now));
        self.stirred = true;
        Some(id)
    }

    fn codes_for(&self, phone: &str) -> impl Iterator<Item = (u64, &IssuedCode)> {
        let codes = self
            .accounts
            .values()
            .filter_map(|account| Some((account.id, account.code.as_ref()?)));
        codes.filter(move |(_, code)| code.phone == phone)
    }

    /// The phone's owner removes every linked device.
    pub(crate) fn unlink(&mut self, phone: &str) {
        let now = self.now;
        self.stirred = true;
        for account in self
            .accounts
            .values_mut()
            .filter(|account| account.phone.as_deref() == Some(phone))
        {
            account.enter(State::NotAuthorized, now);
        }
    }

    pub(crate) fn set_state(&mut self, id: u64, state: State) {
        let now = self.now;
        self.stirred = true;
        if let Some(account) = self.accounts.get_mut(&id) {
            account.enter(state, now);
        }
        self.resume(id);
    }

    /// After the state of an instance changed: what waited for that goes on.
    fn resume(&mut self, id: u64) {
        self.send_what_is_due(id);
        if let Some(phone) = self
            .accounts
            .get(&id)
            .and_then(|account| account.phone.clone())
        {
            self.catch_up_on_messages(&phone);
        }
    }

    /// Links an instance to a phone, as if its code had been typed some time ago.
    pub(crate) fn link(&mut self, id: u64, phone: &str) {
        if let Some(account) = self.accounts.get_mut(&id) {
            account.phone = Some(phone.to_owned());
        }
        self.set_state(id, State::Authorized);
    }

    pub(crate) fn restart(&mut self, id: u64) {
        let now = self.now;
        let until = now + self.options.restart_time;
        if let Some(account) = self.accounts.get_mut(&id) {
            account.restart(until, now);
            self.schedule(self.options.restart_time, Event::Restarted(id));
        }
    }

    pub(crate) fn notify(&mut self, id: u64, body: Box<RawValue>) -> u64 {
        let now = self.now;
        self.stirred = true;
        self.accounts
            .get_mut(&id)
            .map_or(0, |account| account.queue.push(body, now))
    }

    pub(crate) fn notify_raw(&mut self, id: u64, body: Vec<u8>) -> u64 {
        self.stirred = true;
        let now = self.now;
        self.accounts
            .get_mut(&id)
            .map_or(0, |account| account.queue.push_raw(body, now))
    }

    /// An id like those of messages that are sent through the API: 20 upper-case hexadecimal digits.
    pub(crate) fn new_message_id(&mut self) -> String {
        format!("3EB0{:016X}", self.rng.u64(..))
    }

    /// A token like the real ones: 50 lower-case hexadecimal digits.
    pub(crate) fn new_token(&mut self) -> String {
        random_token(&mut self.rng)
    }
}

/// 50 lower-case hexadecimal digits.
pub(crate) fn random_token(rng: &mut fastrand::Rng) -> String {
    (0..50)
        .map(|_| char::from_digit(rng.u32(0..16), 16).unwrap_or('0'))
        .collect()
}

#[cfg(test)]
mod tests;
