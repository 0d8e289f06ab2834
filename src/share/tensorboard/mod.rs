//! Event files that TensorBoard reads, with the HPARAMS tab's parameters and results.

mod event;
mod folder;
mod hparams;
mod proto;
mod record;
mod write;

pub use write::write_event_files;
