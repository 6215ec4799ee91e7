//! What several tests need.

use std::time::Duration;

use green_api_bot::BoxError;
use green_api_bot::testing::Harness;
use green_api_mailbox::InboxEntry;

/// Waits for what is parked.
pub(crate) async fn parked(test: &Harness) -> Result<InboxEntry, BoxError> {
    let inbox = test.store().inbox();
    let waiting = async {
        loop {
            if let Some(parked) = inbox.parked(1, None).await?.pop() {
                return Ok(parked);
            }
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), waiting).await?
}
