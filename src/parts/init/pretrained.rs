use std::path::Path;

use serde::{Deserialize, Serialize};

use super::InitError;
use super::fresh::torch_linear;
use crate::nn::Network;
use crate::nn::checkpoint::Checkpoint;
use crate::parts::path::DataPath;

/// Options of `pretrained`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct PretrainedOptions {
    /// A safetensors file with torchvision's names, F32, F16 or BF16.
    #[serde(skip_serializing_if = "DataPath::is_empty")]
    pub checkpoint: DataPath,
    /// Draw the head anew (torch's default for `nn.Linear`) instead of loading it, to train on other classes.
    #[serde(default)]
    pub fresh_head: bool,
}

impl PretrainedOptions {
    pub(super) fn apply(&self, network: &mut Network, seed: u64) -> Result<(), InitError> {
        let mut checkpoint = Checkpoint::read(&self.checkpoint.resolve(Path::new(""))?)?;
        if self.fresh_head {
            let graph = network.graph().clone();
            for spec in network.specs().iter().filter(|spec| Some(spec.node) == graph.head_node()) {
                let drawn = torch_linear(&graph, spec, seed);
                checkpoint.insert(&spec.name, spec.shape.clone(), drawn);
            }
        }
        Ok(checkpoint.load_into(network)?)
    }
}
