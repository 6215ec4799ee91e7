//! Instances of which nothing is posted.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::{Instant, sleep};

use crate::receive::silence::{Silence, is_linked};
use crate::{Instance, InstanceId, ProblemKind, ReceiveOptions, ReceiveProblem, Recovery};

/// The shortest time between two looks, so that a limit of no length does not keep a core busy.
const SHORTEST: Duration = Duration::from_millis(10);
/// When the state of an instance is asked for again that was not told.
const AGAIN: Duration = Duration::from_secs(60);

/// The silence of each instance that is watched.
#[derive(Default)]
pub(super) struct Silences(Mutex<HashMap<InstanceId, Silence>>);

impl Silences {
    fn with<T>(&self, act: impl FnOnce(&mut HashMap<InstanceId, Silence>) -> T) -> T {
        // Nothing that is done under the lock can panic half-way.
        act(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn of<T>(&self, id: InstanceId, act: impl FnOnce(&mut Silence) -> T) -> T {
        self.with(|silences| act(silences.entry(id).or_default()))
    }

    /// Ends the silence of the instance that something came from, or of all if that is not known.
    pub(super) fn end(&self, instance: Option<InstanceId>, options: &ReceiveOptions) {
        let over = |(id, silence): (&InstanceId, &mut Silence)| {
            if let Some(after) = silence.end() {
                let from = Recovery::Silence;
                report(options, *id, ProblemKind::Recovered { after, from });
            }
        };
        // It is reported under the lock, so that the end of a silence never overtakes the silence.
        self.with(|silences| match instance {
            Some(id) => silences
                .get_mut(&id)
                .into_iter()
                .for_each(|it| over((&id, it))),
            None => silences.iter_mut().for_each(over),
        });
    }

    /// Reports silences for ever, or until it is over.
    pub(super) async fn watch(
        &self,
        instance: Instance,
        limit: Duration,
        options: &ReceiveOptions,
        is_over: impl Fn() -> bool + Send,
    ) {
        let id = instance.id();
        self.of(id, |silence| silence.limit = Some(limit));
        let (mut outage, mut wait) = (None::<Instant>, SHORTEST);
        loop {
            sleep(self.of(id, Silence::left).max(wait)).await;
            wait = SHORTEST;
            if is_over() {
                return;
            }
            if self.of(id, Silence::too_long).is_none() {
                continue;
            }
            let linked = match is_linked(&instance).await {
                Ok(linked) => linked,
                Err(error) => {
                    outage.get_or_insert_with(Instant::now);
                    wait = AGAIN;
                    let kind = ProblemKind::Receiving { error: &error };
                    let instance = Some(id);
                    options.report(&ReceiveProblem {
                        instance,
                        kind,
                        wait,
                    });
                    continue;
                }
            };
            if let Some(since) = outage.take() {
                let (after, from) = (since.elapsed(), Recovery::Server);
                report(options, id, ProblemKind::Recovered { after, from });
            }
            self.of(id, |silence| {
                // Something may have come while it was asked.
                let Some(lasting) = silence.too_long() else {
                    return;
                };
                if linked {
                    silence.tell();
                    report(options, id, ProblemKind::Silence { lasting });
                } else {
                    silence.end();
                }
            });
        }
    }
}

fn report(options: &ReceiveOptions, id: InstanceId, kind: ProblemKind<'_>) {
    options.report(&ReceiveProblem {
        instance: Some(id),
        kind,
        wait: Duration::ZERO,
    });
}
