//! Weights named by URL, against a server on loopback.

mod command;
mod download;
#[expect(dead_code, reason = "a part of it is used here")]
#[path = "../experiment/mod.rs"]
mod experiment;
mod server;
#[path = "../support/mod.rs"]
mod support;
