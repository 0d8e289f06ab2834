//! Networks that other tools exported.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Backbone, BackboneError};
use crate::init::Sha256;
use camlab_data::path::DataPath;
use camlab_nn::graph::{Graph, GraphError};
use camlab_onnx::{ImageLayout, ImportOptions, Imported, OnnxError, import_file};

/// A network in the ONNX format, with its own layers' names. Its weights are those of
/// `pretrained = { checkpoint = "the same file" }`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct OnnxNetwork {
    /// The file. Files with weights that it names lie beside it.
    #[serde(default, skip_serializing_if = "DataPath::is_empty")]
    pub file: DataPath,
    /// Input of the image, if the network has several.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub input: Option<String>,
    /// Output of the class scores, if the network has several; the name of any tensor.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub output: Option<String>,
    /// Order of the input's dimensions, if its lengths do not tell channels from rows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub layout: Option<OnnxLayout>,
    /// Height and width of the images for which sizes are computed; those that the file declares if it is left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub size: Option<[usize; 2]>,
    /// Short names for layers, `{ stage5 = "/features/features.7/Relu_output_0" }`, by which lists of layers and tables
    /// call them.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub aliases: BTreeMap<String, String>,
    /// Expected sha256 of the file. A plan fills it in: stages know the file by it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sha256: Option<Sha256>,
}

/// Order of an input's dimensions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum OnnxLayout {
    /// Images, channels, rows, columns.
    ChannelsFirst,
    /// Images, rows, columns, channels.
    ChannelsLast,
}

impl OnnxNetwork {
    fn options(&self) -> ImportOptions {
        let layout = self.layout.map(|layout| match layout {
            OnnxLayout::ChannelsFirst => ImageLayout::ChannelsFirst,
            OnnxLayout::ChannelsLast => ImageLayout::ChannelsLast,
        });
        ImportOptions {
            input: self.input.clone(),
            output: self.output.clone(),
            layout,
            size: self.size,
            colour: true,
        }
    }
}

impl OnnxNetwork {
    /// Height and width of the images for which the network's sizes are computed; `None` for a file that is not there or
    /// cannot be imported.
    pub fn input_size(&self) -> Option<[usize; 2]> {
        self.imported().ok().map(|imported| imported.size)
    }

    /// Number of classes of the file's network; `None` for a file that is not there or cannot be imported.
    pub fn own_classes(&self) -> Option<usize> {
        self.imported().ok().and_then(|imported| imported.graph.classes())
    }

    fn imported(&self) -> Result<Arc<Imported>, BackboneError> {
        if self.file.is_empty() {
            return Err(BackboneError::NoFile);
        }
        let absent = |reason: String| BackboneError::Absent { reason };
        let file = self.file.resolve(Path::new("")).map_err(|error| absent(error.to_string()))?;
        if !file.is_file() {
            return Err(absent(format!("{} does not exist", file.display())));
        }
        import_file(&file, &self.options()).map_err(|error| {
            let option = match &error {
                OnnxError::Option { option, .. } => *option,
                _ => "file",
            };
            BackboneError::Onnx { option: option.to_owned(), reason: error.to_string() }
        })
    }
}

impl Backbone for OnnxNetwork {
    fn build(&self, classes: usize) -> Result<Graph, BackboneError> {
        if classes == 0 {
            return Err(BackboneError::NoClasses);
        }
        let imported = self.imported()?;
        let graph = match imported.graph.classes() {
            Some(own) if own == classes => imported.graph.clone(),
            _ => imported.graph.with_classes(classes).ok_or_else(|| {
                let reason = format!(
                    "the network of {} does not end in a linear layer or a 1x1 convolution, which another number of \
                     classes needs; name the class scores with `output`",
                    self.file.as_str()
                );
                BackboneError::Onnx { option: "output".to_owned(), reason }
            })?,
        };
        self.aliases.iter().try_fold(graph, |graph, (alias, layer)| {
            let failed = |error: GraphError| BackboneError::Onnx {
                option: format!("aliases.\"{alias}\""),
                reason: format!("the alias `{alias}` cannot be given: {error}"),
            };
            graph.with_alias(alias, layer).map_err(failed)
        })
    }
}
