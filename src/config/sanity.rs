use serde::{Deserialize, Serialize};

use super::agreement::names;
use camlab_parts::init::InitSpec;

/// `[sanity]`: cascading randomisation (Adebayo et al. 2018, section 3.1). The network's parameters are drawn anew, from
/// the classifier down, a stage at a time; a method that looks at the network shows other maps then.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Sanity {
    /// Test images looked at, chosen at random.
    pub images: usize,
    /// How parameters are drawn.
    pub init: InitSpec,
    /// Names the draws.
    pub seed: u64,
    /// Methods that are checked, by name: `score-cam` stands for every variant of it. Left out, all.
    pub methods: Vec<String>,
}

impl Default for Sanity {
    fn default() -> Self {
        let init = InitSpec::KaimingNormal(Default::default());
        Self { images: 16, init, seed: 0, methods: Vec::new() }
    }
}

impl Sanity {
    /// Whether maps of this title are checked.
    pub fn checks(&self, title: &str) -> bool {
        self.methods.is_empty() || self.methods.iter().any(|name| names(name, title))
    }
}
