use serde::{Deserialize, Serialize};

use super::{Inputs, SharedText, StageKey, StageOptions};

/// Kind and key of a stage: the place of its artefact in a store.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct StageRef {
    /// Kind of the stage.
    pub kind: SharedText,
    /// Its key.
    pub key: StageKey,
}

/// One input of a stage.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum StageInput {
    /// The artefact of another stage.
    Stage(StageRef),
    /// A data set or a file from outside, by the digest of its content.
    Content(SharedText),
}

/// Everything that an artefact depends on; stored with it, so that a plan can name the part that changed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StageSpec {
    /// Kind of the stage: `train`, `fuse`, `predict`, `map`, `cluster`, `evaluate` ...
    pub kind: SharedText,
    /// Incremented whenever the results of the kind, or of the method that it applies, change.
    pub version: u32,
    /// The stage's own options, every default spelled out; without those that change no result.
    pub params: StageOptions,
    /// Artefacts and contents that it reads.
    pub inputs: Inputs,
    /// Instruction set of the kernels that compute it, whose roundings differ; `None` for a stage that runs none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub instructions: Option<SharedText>,
}

impl StageSpec {
    /// The key; equal specifications have the same key on every machine.
    pub fn key(&self) -> StageKey {
        // Object keys are sorted, so the text is canonical. Names and inputs always have a text.
        let kind = serde_json::to_string(&self.kind).unwrap_or_default();
        let inputs = serde_json::to_string(&self.inputs).unwrap_or_default();
        let (version, params) = (self.version, self.params.text());
        let text = match &self.instructions {
            None => format!("[{kind},{version},{params},{inputs}]"),
            Some(set) => format!("[{kind},{version},{params},{inputs},\"{set}\"]"),
        };
        StageKey(blake3::hash(text.as_bytes()).to_hex().as_str().into())
    }

    /// The stages whose artefacts it reads.
    pub fn reads(&self) -> impl Iterator<Item = &StageRef> {
        self.inputs.iter().filter_map(|input| match input {
            StageInput::Stage(stage) => Some(stage),
            StageInput::Content(_) => None,
        })
    }
}
