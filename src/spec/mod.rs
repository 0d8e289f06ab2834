//! What the file says, as typed. Pure: no I/O.
//!
//! A text is parsed into a [`Document`] that knows the place of every value; the document is read through
//! [`Experiment`], the schema, whose defaults live in one `impl Default` per table.

mod chain;
mod claim;
mod data;
mod diagnostic;
mod document;
mod evaluation;
mod experiment;
mod fusion;
mod init;
mod maps;
/// Dotted paths into a document.
pub mod path;
mod prediction;
mod remedy;
mod report;
mod source;

pub use chain::Chain;
pub use claim::{Claim, Intuitive, Named};
pub use data::{Data, Labels, Sample};
pub use diagnostic::{Diagnostic, Invalid};
pub use document::Document;
pub use evaluation::Evaluation;
pub use experiment::Experiment;
pub use fusion::Fusion;
pub use init::Init;
pub use maps::{Combine, Maps, Target};
pub use prediction::Prediction;
pub use report::Report;
pub use source::{Position, Sources};
