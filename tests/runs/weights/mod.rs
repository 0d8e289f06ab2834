//! Weights named by URL, against a server on loopback.

mod command;
mod download;
mod server;
