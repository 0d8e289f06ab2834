use serde::{Deserialize, Serialize};

use camlab_parts::fusion::FusionSpec;

/// `[[fusion]]`: several networks fused into one, or combined as an ensemble.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Fusion {
    /// Name of the result in tables and figures, and of its random streams.
    pub name: String,
    /// Method of fusion.
    pub method: FusionSpec,
    /// Names of initialisations, or of earlier fusions into one network. Default: every `[[init]]`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub members: Vec<String>,
}

impl Fusion {
    /// The members' names, default resolved.
    pub fn members<'a>(&'a self, inits: &'a [super::Init]) -> Vec<&'a str> {
        match self.members.is_empty() {
            true => inits.iter().map(|init| init.name.as_str()).collect(),
            false => self.members.iter().map(String::as_str).collect(),
        }
    }
}
