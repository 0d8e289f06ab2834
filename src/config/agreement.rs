use serde::{Deserialize, Serialize};

/// `[[agreement]]`: how far other maps agree with one that is taken for exact (Score-CAM on all its masks, say), image by
/// image, against the forward passes that they take.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Agreement {
    /// The method to agree with, as tables name it: `score-cam`, or `score-cam (score = logit)`.
    pub reference: String,
    /// Its layer; left out, every map is compared with the reference at its own layer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub layer: Option<String>,
    /// What is compared, by name: `score-cam` stands for every variant of it. Left out, all methods.
    #[serde(default)]
    pub others: Vec<String>,
}

impl Agreement {
    /// Whether a map of this title takes part.
    pub fn compares(&self, title: &str) -> bool {
        self.others.is_empty() || self.others.iter().any(|name| names(name, title))
    }
}

/// Whether a name stands for a title: the same, or the title without what is in its brackets.
pub fn names(name: &str, title: &str) -> bool {
    title.strip_prefix(name).is_some_and(|rest| rest.is_empty() || rest.starts_with(" ("))
}
