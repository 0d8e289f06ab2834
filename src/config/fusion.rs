use serde::{Deserialize, Serialize};

use camlab_parts::fusion::FusionSpec;

/// `[[fusion]]`: several networks made into one, or asked side by side.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Fusion {
    /// What tables and figures call the result; also names its random streams.
    pub name: String,
    /// How the networks are fused.
    pub method: FusionSpec,
    /// Names of initialisations or of fusions further up that gave one network. Left out: every `[[init]]`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub members: Vec<String>,
}

impl Fusion {
    /// The members' names, the default spelled out.
    pub fn members<'a>(&'a self, inits: &'a [super::Init]) -> Vec<&'a str> {
        match self.members.is_empty() {
            true => inits.iter().map(|init| init.name.as_str()).collect(),
            false => self.members.iter().map(String::as_str).collect(),
        }
    }
}
