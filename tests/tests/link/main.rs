//! The linking procedure against the sandbox, with the phone, the minutes and the misfortunes of real life. Time flies: no test waits.

mod codes;
mod interrupted;
mod qr_codes;
mod states;
mod world;
