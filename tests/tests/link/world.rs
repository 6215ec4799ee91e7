//! An instance that is not linked, a phone, and the steps between them.

use std::time::Duration;

use futures_util::StreamExt;
use green_api::types::StateInstance;
use green_api::{AuthorizationCode, Instance, Link, LinkError, LinkStep, Linked, RetryPolicy};
use green_api_sandbox::{Clock, Phone, Request, Sandbox};
use green_api_tests::clocks::fly;
use green_api_tests::{ID_INSTANCE, TOKEN, instance_at};
use tokio::time::Instant;

const PHONE: &str = "447700900123";

/// An instance that is not linked, and a phone.
pub struct World {
    pub sandbox: Sandbox,
    pub instance: Instance,
    pub phone: Phone,
}

impl World {
    pub async fn new() -> Self {
        let id = ID_INSTANCE.parse::<u64>().unwrap();
        let sandbox = Sandbox::builder()
            .clock(Clock::manual())
            .instance(id, TOKEN)
            .start()
            .await
            .unwrap();
        let instance = instance_at(&sandbox.url(), &sandbox.url(), TOKEN, RetryPolicy::never());
        let phone = sandbox.phone(PHONE);
        Self {
            sandbox,
            instance,
            phone,
        }
    }

    pub fn link(&self) -> Link {
        self.instance.link(PHONE.parse().unwrap())
    }

    /// The requests of an operation.
    pub fn requests(&self, operation: &str) -> Vec<Request> {
        let mut requests = self.sandbox.requests();
        requests.retain(|request| request.operation.as_deref() == Some(operation));
        requests
    }

    /// How often an operation was called.
    pub fn calls(&self, operation: &str) -> usize {
        self.requests(operation).len()
    }

    /// The end of a link, and how long it took.
    pub async fn end(&self, link: Link) -> (Result<Linked, LinkError>, Duration) {
        fly(&self.sandbox, async {
            let start = Instant::now();
            (link.await, start.elapsed())
        })
        .await
    }

    /// All steps of a link and its end, with something done at each step.
    pub async fn steps(
        &self,
        mut link: Link,
        mut at: impl FnMut(&LinkStep),
    ) -> (Vec<&'static str>, Result<Linked, LinkError>) {
        fly(&self.sandbox, async {
            let (mut names, mut end) = (Vec::new(), None);
            while let Some(step) = link.next().await {
                assert!(end.is_none(), "there was a step after the end");
                match step {
                    Ok(step) => {
                        at(&step);
                        names.push(name(&step));
                        if let LinkStep::Linked(account) = step {
                            end = Some(Ok(account));
                        }
                    }
                    Err(error) => end = Some(Err(error)),
                }
            }
            // Looking at it many times is one step for a reader of the test.
            names.dedup();
            (names, end.expect("every link ends"))
        })
        .await
    }
}

fn name(step: &LinkStep) -> &'static str {
    match step {
        LinkStep::State(None) => "being created",
        LinkStep::State(Some(StateInstance::Starting)) => "starting",
        LinkStep::State(Some(StateInstance::NotAuthorized)) => "ready",
        LinkStep::State(_) => "another state",
        LinkStep::LoggingOut => "logging out",
        LinkStep::RequestingCode => "asking",
        LinkStep::Code { .. } => "code",
        LinkStep::Qr { .. } => "qr",
        LinkStep::Waiting { state: None, .. } => "waiting without a state",
        LinkStep::Waiting { .. } => "waiting",
        LinkStep::Linked(_) => "linked",
        _ => "a step that this test does not know",
    }
}

/// The code, at the step that shows it.
pub fn code_of(step: &LinkStep) -> Option<&AuthorizationCode> {
    if let LinkStep::Code { code, .. } = step {
        Some(code)
    } else {
        None
    }
}

/// No two of these came within a second.
#[track_caller]
pub fn assert_a_second_apart(requests: &[Request]) {
    assert!(
        requests
            .windows(2)
            .all(|pair| pair[1].at.duration_since(pair[0].at).unwrap() >= Duration::from_secs(1)),
        "{requests:?}"
    );
}
