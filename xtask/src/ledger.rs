//! The ledger: what became of the operations.

use crate::operation::Operation;

/// Says how many operations there are, and what wrote them.
pub fn summary(operations: &[Operation]) -> String {
    let all = operations.len();
    let by_xtask = operations.iter().filter(|o| o.is_form()).count();
    let by_progenitor = all - by_xtask;
    format!("{all} operations: {by_progenitor} by progenitor, {by_xtask} by xtask, 0 by hand")
}

/// Lists the operations, each with its section and what wrote it.
pub fn details(operations: &[Operation]) -> String {
    let line = |operation: &Operation| {
        let how = if operation.is_form() {
            "by xtask: progenitor has no multipart"
        } else {
            "by progenitor"
        };
        format!("{:26}  {:10}  {how}\n", operation.id, operation.section)
    };
    operations.iter().map(line).collect()
}
