//! Networks in the ONNX format.
//!
//! [`OnnxModel::read`] parses a file, [`import`] makes a graph of this crate's operations and the values of its parameters
//! from it. Tensors of the file have named, ordered dimensions in this crate: a network that computes in `[n, h, w, c]`, or
//! transposes back and forth, becomes the same graph as one in `[n, c, h, w]`.

mod attributes;
mod cache;
mod contents;
mod error;
mod export;
mod fold;
mod import;
mod model;
mod proto;
mod tensor;

pub use cache::{import_file, values_for};
pub use contents::OnnxContents;
pub use error::OnnxError;
pub use export::export;
pub use import::{ImageLayout, ImportOptions, Imported, import};
pub use model::OnnxModel;
