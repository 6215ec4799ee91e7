//! Receiving: a task for each instance, none of which disturbs another.

use std::collections::HashMap;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt as _;
#[cfg(feature = "nats")]
use green_api::HandlerError;
use green_api::{Error as CallError, ErrorKind, Instance, InstanceId, ProblemKind, Recovery};
use green_api_mailbox::{Error as StoreError, Hold, Instances};
use tokio::sync::watch;
use tokio::task::JoinSet;

use super::catching_up::CaughtUp;
use super::settings::{Found, ensure};
use super::{Door, Running};
use crate::{BotEvent, Error};

/// How long a broken instance waits, at first and at most.
const BACKOFF: (Duration, Duration) = (Duration::from_secs(5), Duration::from_secs(5 * 60));
/// What keeps a broken instance from sending as well, and is over when it is mended.
const MENDED: [Hold; 3] = [Hold::Unauthorized, Hold::Expired, Hold::Deleted];

/// How instances are attended to.
#[derive(Clone)]
pub(super) struct Attending {
    pub(super) running: Running,
    pub(super) polls: bool,
    pub(super) caught_up_after: CaughtUp,
    /// Those of which everything was received that had come before.
    pub(super) caught_up: Instances,
}

/// Receives for all instances, those that come later too, until told to stop.
pub(super) async fn receive(
    attending: Attending,
    door: Door,
    stopping: watch::Receiver<bool>,
) -> Result<(), Error> {
    #[cfg(feature = "nats")]
    let (inbox, stopped) = (attending.running.store.inbox(), stop(stopping.clone()));
    let attending = attend_all(attending, stopping);
    match door {
        Door::Polling | Door::Webhook(_) => attending.await,
        #[cfg(feature = "nats")]
        Door::JetStream(consumer) => {
            let consuming = consumer.until(stopped).for_each(move |received| {
                let inbox = inbox.clone();
                async move {
                    inbox
                        .put(&received)
                        .await
                        .map(drop)
                        .map_err(HandlerError::later)
                }
            });
            tokio::try_join!(consuming, attending.map(Ok))?;
        }
    }
    Ok(())
}

/// Has a task for each instance.
async fn attend_all(attending: Attending, mut stopping: watch::Receiver<bool>) {
    let instances = attending.running.instances.clone();
    let mut attended: HashMap<InstanceId, watch::Sender<bool>> = HashMap::new();
    let mut tasks = JoinSet::new();
    loop {
        let changed = instances.changed();
        let present = instances.ids();
        for (id, stop) in &attended {
            if !present.contains(id) {
                stop.send_replace(true);
            }
        }
        // One whose task has ended begins again if it is there: it may have been removed and added meanwhile.
        attended.retain(|_, stop| !stop.is_closed());
        for id in present {
            attended.entry(id).or_insert_with(|| {
                let (stop, stopped) = watch::channel(false);
                tasks.spawn(attend(attending.clone(), id, stopped));
                stop
            });
        }
        tokio::select! {
            () = changed => {}
            Some(_) = tasks.join_next() => {}
            _ = stopping.wait_for(|stop| *stop) => break,
        }
    }
    drop(attended);
    while tasks.join_next().await.is_some() {}
}

/// Receives for one instance until told to stop. After an error or a panic, the one that is then under its number is tried next: it may have been
/// added again, with another token.
async fn attend(attending: Attending, id: InstanceId, stopped: Stopped) {
    let running = &attending.running;
    let mut wait = BACKOFF.0;
    let mut is_broken = false;
    while let Some(instance) = running.instances.get(id) {
        let changed = running.instances.changed();
        let attended = attend_once(&attending, &instance, stopped.clone(), &mut is_broken);
        let attended = AssertUnwindSafe(attended).catch_unwind().await;
        attending.caught_up.remove(id);
        if !is_broken {
            wait = BACKOFF.0;
        }
        match attended {
            Ok(Ok(())) => return,
            Ok(Err(StoreError::Request(error))) => {
                if !is_broken {
                    running.tell.event(&BotEvent::Broken {
                        instance: id,
                        error: &error,
                    });
                }
                is_broken = true;
            }
            Ok(Err(error)) => {
                tracing::error!(%error, instance = id.get(), "receiving has ended");
            }
            // What it panicked with could repeat a message.
            Err(_) => tracing::error!(instance = id.get(), "receiving has panicked"),
        }
        tokio::select! {
            () = tokio::time::sleep(wait.mul_f64(0.5 + fastrand::f64() / 2.0)) => {}
            () = changed => {}
            () = stop(stopped.clone()) => return,
        }
        wait = wait.saturating_mul(2).min(BACKOFF.1);
    }
}

type Stopped = watch::Receiver<bool>;

/// Completes when a task is to stop.
async fn stop(mut stopped: Stopped) {
    // An error is that nobody is there to say so any more.
    let _ = stopped.wait_for(|stop| *stop).await;
}

/// Polls once, and leaves what is there to be polled again.
async fn poll(instance: &Instance) -> Result<(), CallError> {
    match instance.receive_notification().await {
        Ok(_) => Ok(()),
        // It was answered, and the inbox parks what cannot be read.
        Err(error) if error.kind() == ErrorKind::UnexpectedAnswer => Ok(()),
        Err(error) => Err(error),
    }
}

/// Receives until told to stop, or until an error that does not pass by itself soon.
async fn attend_once(
    attending: &Attending,
    instance: &Instance,
    stopped: Stopped,
    is_broken: &mut bool,
) -> Result<(), StoreError> {
    let (running, id) = (&attending.running, instance.id());
    let usable = async {
        // What is wrong may be wrong with polling alone, such as a `webhookUrl`.
        if *is_broken && attending.polls {
            poll(instance).await?;
        }
        ensure(instance, running.settings).await
    };
    let found = tokio::select! {
        found = usable => found?,
        () = stop(stopped.clone()) => return Ok(()),
    };
    if std::mem::take(is_broken) {
        running.tell.event(&BotEvent::Mended { instance: id });
        // The outbox holds it for the same reason, and would look in half a minute.
        if let Err(error) = running.store.outbox().resume_from(id, &MENDED).await {
            tracing::warn!(%error, instance = id.get(), "the outbox resumes the instance later");
        }
    }
    match found {
        Found::On => {}
        Found::Off(settings) => running.tell.event(&BotEvent::Off {
            instance: id,
            settings: &settings,
        }),
        Found::SwitchedOn(settings) => running.tell.event(&BotEvent::SwitchedOn {
            instance: id,
            settings: &settings,
        }),
    }
    let (outage, is_out) = watch::channel(false);
    let outage = Arc::new(outage);
    let received = async {
        if !attending.polls {
            stop(stopped).await;
            return Ok(());
        }
        let tell = running.tell.clone();
        let inbox = running.store.inbox();
        let outage = Arc::clone(&outage);
        let received = inbox.receive(instance).on_problem(move |problem| {
            match problem.kind {
                ProblemKind::Receiving { .. } => drop(outage.send_replace(true)),
                ProblemKind::Recovered {
                    from: Recovery::Server,
                    ..
                } => drop(outage.send_replace(false)),
                _ => {}
            }
            tell.event(&BotEvent::Receiving(problem));
        });
        received.until(stop(stopped)).await
    };
    tokio::select! {
        received = received => received,
        never = attending.caught_up_after.keep(&attending.caught_up, instance, is_out) => match never {},
    }
}
