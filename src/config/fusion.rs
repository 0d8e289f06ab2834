use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use camlab_parts::fusion::FusionSpec;

/// `[[fusion]]`: several networks fused into one, or combined as an ensemble.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Fusion {
    /// Name of the result in tables and figures.
    pub name: String,
    /// Method of fusion.
    pub method: FusionSpec,
    /// Names of initialisations, or of earlier fusions into one network. Default: every `[[init]]`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub members: Vec<String>,
    /// Name of its random streams. Default: the method and the number of fusions by that method before it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stream: Option<String>,
}

impl Fusion {
    /// Name of the random streams of the fusion at a place of the file, default resolved.
    pub fn stream_of(all: &[Self], place: usize) -> String {
        let own = &all[place];
        let name = own.method.name();
        let before = all[..place].iter().filter(|other| other.method.name() == name).count();
        own.stream.clone().unwrap_or_else(|| format!("{name}/{before}"))
    }

    /// The members' names, default resolved.
    pub fn members<'a>(&'a self, inits: &'a [super::Init]) -> Vec<&'a str> {
        match self.members.is_empty() {
            true => inits.iter().map(|init| init.name.as_str()).collect(),
            false => self.members.iter().map(String::as_str).collect(),
        }
    }
}
