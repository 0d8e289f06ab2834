use serde::{Deserialize, Serialize};

use super::{Hints, StageInput, StageKey, StageOptions, StageRef, StageSpec};

/// A stage of a run: a value that any process with the store can turn into its artefact.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Stage {
    /// blake3 of the specification.
    pub key: StageKey,
    /// Everything that the artefact depends on.
    pub spec: StageSpec,
    /// Everything else.
    pub hints: Hints,
}

impl Stage {
    /// A stage with the key of its specification.
    pub fn new(spec: StageSpec, hints: Hints) -> Self {
        Self { key: spec.key(), spec, hints }
    }

    /// The place of its artefact in a store.
    pub fn place(&self) -> StageRef {
        StageRef { kind: self.spec.kind.clone(), key: self.key.clone() }
    }

    /// The stage as input of another one.
    pub fn input(&self) -> StageInput {
        StageInput::Stage(self.place())
    }

    /// The options in full, from which the stage runs.
    pub fn options(&self) -> &StageOptions {
        self.hints.options.as_ref().unwrap_or(&self.spec.params)
    }
}
