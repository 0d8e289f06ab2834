//! Runs sent to a server of the test's own and written as event files, read back by a reader of the test's own.

mod event_files;
mod mlflow;
mod sample;
mod server;
