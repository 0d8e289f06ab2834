//! Metrics of localisation against the libraries that define them, their estimators under weights, and where they are
//! not defined.

mod boxes;
mod heads;
mod pixels;
mod properties;
mod quantus;
#[path = "../support/mod.rs"]
mod support;
mod undefined;
mod weights;
