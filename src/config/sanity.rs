use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::agreement::names;
use camlab_parts::init::InitSpec;

/// `[sanity]`: cascading randomisation (Adebayo et al. 2018, section 3.1). The network's parameters are replaced by
/// random ones, one stage at a time, from the classifier to the input; the maps of a method that depends on the
/// parameters change.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Sanity {
    /// Number of test images, drawn at random.
    pub images: usize,
    /// Distribution of the random parameters.
    pub init: InitSpec,
    /// Seed of the images and of the parameters.
    pub seed: u64,
    /// Names of the methods to check; `score-cam` includes every variant of it. Default: all.
    pub methods: Vec<String>,
}

impl Default for Sanity {
    fn default() -> Self {
        let init = InitSpec::KaimingNormal(Default::default());
        Self { images: 16, init, seed: 0, methods: Vec::new() }
    }
}

impl Sanity {
    /// `true` if maps with this title are checked.
    pub fn checks(&self, title: &str) -> bool {
        self.methods.is_empty() || self.methods.iter().any(|name| names(name, title))
    }
}
