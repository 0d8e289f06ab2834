//! Weights named by URL, against a server on loopback.

mod command;
mod download;
#[path = "../experiment/mod.rs"]
mod experiment;
mod server;
#[path = "../support/mod.rs"]
mod support;
