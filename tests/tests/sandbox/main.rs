//! Everything that the sandbox says: every operation answers in the description's shape, and every notification is one that the types know.

mod messages;
mod operations;
mod world;
