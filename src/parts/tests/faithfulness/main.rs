//! Metrics of faithfulness and concentration against the libraries that define them, by hand where there is none, and
//! where they are not defined.

mod concentration;
mod confidence;
mod harmonic;
mod infidelity;
mod network;
mod replacement;
mod road;
mod sensitivity;
#[path = "../support/mod.rs"]
mod support;
mod undefined;
