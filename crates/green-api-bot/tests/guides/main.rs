//! The guides' programs, word for word, with people who talk to them.

mod deployment;
mod dialogue;
mod files;
mod first_bot;
mod groups;
mod language_model;
mod many_tenants;
mod never_twice;
mod support;
