use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// `[[agreement]]`: per-image agreement of maps with a reference map that counts as exact (for example Score-CAM with
/// all masks), as a function of their number of forward passes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Agreement {
    /// The reference method, as tables name it: `score-cam`, or `score-cam (score = logit)`.
    pub reference: String,
    /// Layer of the reference; by default every map is compared with the reference at the map's own layer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub layer: Option<String>,
    /// Names of the methods to compare; `score-cam` includes every variant of it. Default: all methods.
    #[serde(default)]
    pub others: Vec<String>,
}

impl Agreement {
    /// `true` if maps with this title are compared.
    pub fn compares(&self, title: &str) -> bool {
        self.others.is_empty() || self.others.iter().any(|name| names(name, title))
    }
}

/// `true` if `name` is the title, or the title without its options in brackets.
pub fn names(name: &str, title: &str) -> bool {
    title.strip_prefix(name).is_some_and(|rest| rest.is_empty() || rest.starts_with(" ("))
}
