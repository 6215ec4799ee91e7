//! Instances that come and go.

use std::convert::Infallible;
use std::future::{Future, pending};
use std::time::Duration;

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use green_api::{BoxError, Instance};

use super::Running;
use crate::BotEvent;

type Ask = Box<dyn Fn() -> BoxFuture<'static, Result<Vec<Instance>, BoxError>> + Send + Sync>;

/// How the instances are asked for.
pub(crate) struct Tenants {
    every: Duration,
    ask: Ask,
}

impl Tenants {
    pub(crate) fn new<F, Asked>(every: Duration, ask: F) -> Self
    where
        F: Fn() -> Asked + Send + Sync + 'static,
        Asked: Future<Output = Result<Vec<Instance>, BoxError>> + Send + 'static,
    {
        Self {
            every: every.max(Duration::from_millis(100)),
            ask: Box::new(move || ask().boxed()),
        }
    }
}

/// Asks for the instances, for ever. One that stays is left alone, unless it has another token.
pub(super) async fn ask(tenants: Option<Tenants>, running: &Running) -> Infallible {
    let Some(tenants) = tenants else {
        return pending().await;
    };
    loop {
        match (tenants.ask)().await {
            Ok(present) => {
                let ids = running.instances.ids();
                for gone in ids
                    .iter()
                    .filter(|id| present.iter().all(|one| one.id() != **id))
                {
                    running.instances.remove(*gone);
                }
                for instance in present {
                    let served = running.instances.get(instance.id());
                    if served.is_none_or(|one| one.credentials() != instance.credentials()) {
                        running.instances.add(instance);
                    }
                }
            }
            Err(error) => running.tell.event(&BotEvent::Tenants(&error)),
        }
        tokio::time::sleep(tenants.every).await;
    }
}
