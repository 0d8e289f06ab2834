//! A graph of camlab's operations from an ONNX graph.

mod arithmetic;
mod axes;
mod call;
mod convolution;
mod grey;
mod importer;
mod interface;
mod layout;
#[cfg(test)]
mod node_cases;
mod normalisation;
mod operators;
mod options;
mod pooling;
mod reshape;
mod unary;

pub use options::{ImageLayout, ImportOptions, Imported};

use super::{OnnxError, OnnxModel};
use grey::take_colour;
use importer::Importer;
use operators::OPERATORS;

/// Imports the network of a file.
///
/// # Errors
/// [`OnnxError`] naming every operator that is not supported, or the node, input or size that does not fit.
pub fn import(model: &OnnxModel, options: &ImportOptions) -> Result<Imported, OnnxError> {
    let mut importer = Importer::new(model, options, OPERATORS)?;
    if options.colour {
        take_colour(&mut importer).map_err(OnnxError::Interface)?;
    }
    importer.run()
}
