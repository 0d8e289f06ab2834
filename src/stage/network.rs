use std::path::PathBuf;

use anyhow::Context as _;
use serde::{Deserialize, Serialize};

use super::Job;
use camlab_nn::checkpoint::Checkpoint;
use camlab_nn::{ClassProbabilities, Network};
use camlab_parts::backbone::{BackboneSpec, HeadSpec};
use camlab_parts::init::InitSpec;

/// File name of a network's weights in its artefact.
pub const WEIGHTS: &str = "network.safetensors";

/// A network's layers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Architecture {
    /// The backbone.
    pub backbone: BackboneSpec,
    /// The classification head, if not the backbone's own.
    pub head: Option<HeadSpec>,
    /// Number of classes.
    pub classes: usize,
    /// The probabilities that its class scores stand for.
    #[serde(default, skip_serializing_if = "ClassProbabilities::is_softmax")]
    pub probabilities: ClassProbabilities,
}

/// Weights that no stage made.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct InitialWeights {
    /// Their source; a checkpoint without its path, and another experiment's network without its name, which are inputs.
    pub scheme: InitSpec,
    /// Seed of what is drawn; 0 if nothing is.
    pub seed: u64,
}

/// A network as part of a stage: loaded or drawn, or the artefact that is the stage's input.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct NetworkSource {
    /// Its layers.
    pub architecture: Architecture,
    /// Its weights; `None`: those that a stage made.
    pub weights: Option<InitialWeights>,
}

impl Architecture {
    /// The network before its weights are set.
    ///
    /// # Errors
    /// A test data set without classes, an architecture that cannot be built.
    pub fn network(&self) -> anyhow::Result<Network> {
        anyhow::ensure!(self.classes > 0, "data.test has no classes");
        let graph = self.backbone.with_head(self.head.as_ref(), self.classes)?;
        Ok(Network::new(graph.with_probabilities(self.probabilities)))
    }
}

impl InitialWeights {
    /// Sets the weights of a network; the checkpoint, or the network whose weights they are, is the input `role`.
    ///
    /// # Errors
    /// Weights that cannot be read or do not fit.
    pub fn apply(&self, network: &mut Network, job: &Job<'_>, role: &str) -> anyhow::Result<()> {
        let file = self.scheme.checkpoint().map(|_| weights_file(job, role)).transpose()?;
        Ok(self.scheme.apply_from(network, self.seed, file.as_deref())?)
    }
}

/// The file with the weights of a role: a checkpoint, or those of the network that a stage made.
fn weights_file(job: &Job<'_>, role: &str) -> anyhow::Result<PathBuf> {
    match job.folders(role)?.first() {
        Some(folder) => Ok(folder.join(WEIGHTS)),
        None => Ok(job.file(role)?),
    }
}

impl NetworkSource {
    /// The network with its weights, which are the input `role` of a stage unless they are drawn.
    ///
    /// # Errors
    /// Weights that are not in the store, or do not fit.
    pub fn load(&self, job: &Job<'_>, role: &str) -> anyhow::Result<Network> {
        let mut network = self.architecture.network()?;
        match &self.weights {
            Some(weights) => weights.apply(&mut network, job, role)?,
            None => Checkpoint::read(&job.folder(role)?.join(WEIGHTS))?
                .load_into(&mut network)
                .with_context(|| format!("the network of `{}`", job.label()))?,
        }
        Ok(network)
    }
}
