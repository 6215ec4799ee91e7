//! The control over HTTP: everything that the library can do with a sandbox, for people of any language.

#[path = "../common/mod.rs"]
mod common;

mod everything;
mod faults;
mod instances;
mod linking;
mod page;
mod phones;
mod requests;
mod state;
mod support;
