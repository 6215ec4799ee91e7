//! Sessions of a client with the server, and a sandbox behind it.

mod canary;
mod foreign;
mod refusing;
mod sending;
mod support;
mod tools;
