//! Runs sent to an MLflow server over its REST interface, version 2.0 (<https://mlflow.org/docs/latest/rest-api.html>).

mod artifacts;
mod batch;
mod content;
mod key;
mod rest;
mod send;

pub use key::{decode_key, encode_key};
pub use rest::{MlflowAuth, MlflowServer};
pub use send::MlflowSent;
