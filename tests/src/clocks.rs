//! Time that flies.

use std::pin::pin;
use std::time::Duration;

use green_api_sandbox::Sandbox;
use tokio::sync::mpsc;

/// How far both clocks go at once: a fourth of the shortest wait in the client.
const STEP: Duration = Duration::from_millis(500);
/// How long a step takes. All that a step sets off on this machine happens in the meantime, on the same thread, so that no time limit ends
/// because the machine is slow: the shortest is ten seconds, or twenty steps without any progress.
const BREATH: Duration = Duration::from_millis(1);

/// Runs something with a sandbox whose clock is manual, while the sandbox's clock and the client's go together and fast.
///
/// The sandbox must have been started on the same runtime, and the runtime must have one thread.
pub async fn fly<T>(sandbox: &Sandbox, case: impl Future<Output = T>) -> T {
    fly_with(case, || sandbox.clock().advance(STEP)).await
}

/// Runs something with a sandbox whose clock is real, which goes by the client's and as fast.
///
/// The sandbox must have been started on the same runtime, and the runtime must have one thread.
pub async fn fly_along<T>(case: impl Future<Output = T>) -> T {
    fly_with(case, || ()).await
}

async fn fly_with<T>(case: impl Future<Output = T>, step: impl Fn()) -> T {
    tokio::time::pause();
    let (sender, mut steps) = mpsc::channel(1);
    // Tokio's own clock, when it is paused, jumps to the next time limit as soon as everything waits, be it for the network. Work on a
    // blocking thread keeps it from that.
    tokio::task::spawn_blocking(move || {
        while sender.blocking_send(()).is_ok() {
            std::thread::sleep(BREATH);
        }
    });
    let mut case = pin!(case);
    let result = loop {
        tokio::select! {
            biased;
            result = &mut case => break result,
            _ = steps.recv() => {
                step();
                tokio::time::advance(STEP).await;
            }
        }
    };
    drop(steps);
    tokio::time::resume();
    result
}
