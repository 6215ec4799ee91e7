//! The world behind its lock, and time, which moves whenever somebody looks.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use tokio::sync::watch;

use super::World;
use super::agenda::Event;
use super::queue::Release;
use super::state::State;
use crate::kit::clock::Clock;

/// The world, its clock, and the channels that wake those who wait for a change.
pub(crate) struct Core {
    pub(crate) clock: Clock,
    world: Mutex<World>,
    /// Sent to when the world has changed, so that long polls look again.
    changed: watch::Sender<()>,
    /// Turns true when the sandbox is dropped.
    pub(crate) closed: watch::Sender<bool>,
}

impl Core {
    pub(crate) fn new(clock: Clock, world: World) -> Self {
        Self {
            clock,
            world: Mutex::new(world),
            changed: watch::Sender::new(()),
            closed: watch::Sender::new(false),
        }
    }

    /// Calls `act` with the world as it is at this moment.
    pub(crate) fn with<T>(&self, act: impl FnOnce(&mut World) -> T) -> T {
        // A panic elsewhere must not turn every later request into another one.
        let mut world = self.world.lock().unwrap_or_else(PoisonError::into_inner);
        world.catch_up(self.clock.now());
        let result = act(&mut world);
        world.deliver_notifications();
        if std::mem::take(&mut world.changed) {
            world.version += 1;
            self.changed.send_replace(());
        }
        result
    }

    /// Calls `ask` whenever its answer may have changed, until it returns one or `deadline` is reached.
    pub(crate) async fn wait_for<T>(
        &self,
        deadline: Option<SystemTime>,
        mut ask: impl FnMut(&mut World) -> Option<T>,
    ) -> Option<T> {
        let mut changed = self.changed.subscribe();
        loop {
            changed.mark_unchanged();
            let (answer, now, next) =
                self.with(|world| (ask(world), world.now, world.agenda.next()));
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
                _ = changed.changed() => {}
            }
        }
    }
}

impl World {
    /// Carries out everything that is due, in order and each at its own time.
    fn catch_up(&mut self, now: SystemTime) {
        while let Some((due, event)) = self.agenda.take_due(now) {
            self.now = due;
            self.carry_out(event);
            self.deliver_notifications();
        }
        self.now = now;
    }

    fn carry_out(&mut self, event: Event) {
        let now = self.now;
        self.changed = true;
        match event {
            Event::Restarted(id) => {
                self.account(id).restarted(now);
                self.resume(id);
            }
            Event::Linked(id) => {
                let account = self.account(id);
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
            Event::WebhookDue | Event::Reviewed => {}
            Event::NotificationDue(id) => {
                let queue = &mut self.account(id).queue;
                queue.release(|release| matches!(release, Release::At(time) if *time <= now));
            }
            Event::Sending(id) => self.send_what_is_due(id),
            Event::Arrived(id) => self.arrive(&id),
            Event::Disappears(id) => self.disappear(&id),
            Event::CallAnswered(id) => self.call_answered(&id),
            Event::CallOver(id) => self.call_over(&id),
        }
    }

    pub(crate) fn schedule(&mut self, after: Duration, event: Event) {
        // What is further off than time goes never happens.
        if let Some(at) = self.now.checked_add(after) {
            self.agenda.add(at, event);
        }
        self.changed = true;
    }
}
