//! The ledger: what became of the operations.

use crate::operation::{Body, Operation};

/// Says how many operations there are, and what wrote them.
pub fn summary(operations: &[Operation]) -> String {
    let forms = operations.iter().filter(|operation| is_form(operation));
    let by_xtask = forms.count();
    format!(
        "{} operations: {} by progenitor, {by_xtask} by xtask, 0 by hand",
        operations.len(),
        operations.len() - by_xtask
    )
}

/// Lists the operations, each with its section and what wrote it.
pub fn details(operations: &[Operation]) -> String {
    let line = |operation: &Operation| {
        let how = if is_form(operation) {
            "by xtask: progenitor has no multipart"
        } else {
            "by progenitor"
        };
        format!("{:26}  {:10}  {how}\n", operation.id, operation.section)
    };
    operations.iter().map(line).collect()
}

fn is_form(operation: &Operation) -> bool {
    matches!(operation.body, Body::Multipart(_))
}
