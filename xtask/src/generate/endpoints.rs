//! Operations as types: their names, rows of the table and answers.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use quote::ToTokens as _;
use syn::Ident;

use super::client::Signature;
use crate::layout::Layout;
use crate::names;
use crate::operation::Operation;

pub(super) fn endpoints(
    operations: &[Operation],
    signatures: &BTreeMap<Ident, Signature>,
    layout: &Layout,
) -> String {
    let krate = layout.types_crate;
    let mut text =
        format!("use ::{krate}::{{operations, types}};\n\n::{krate}::endpoint_types! {{\n");
    for operation in operations {
        let answer = match signatures.get(&operation.snake()) {
            Some(signature) => signature.answer.to_token_stream(),
            None => super::client::answer_type(operation),
        };
        let answer = answer.to_string().replace(' ', "");
        let _ = writeln!(
            text,
            "    /// {}\n    {} = {} -> {},",
            operation.summary,
            operation.pascal(),
            names::shouty(&operation.id),
            answer.replace("::std::vec::", ""),
        );
    }
    text.push_str("}\n");
    text
}
