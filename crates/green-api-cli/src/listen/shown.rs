//! A notification on one line.

use green_api::types::Notification;

use crate::text::one_line;

/// When, what and from whom.
pub(crate) fn line(notification: &Notification) -> String {
    one_line(notification.kind())
}
