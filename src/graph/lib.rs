//! Stages of a run as plain values: a [`StageSpec`] is everything that a stage's result depends on and the preimage of
//! its [`StageKey`]; [`Stages`] are the stages of a run in topological order. No I/O, and no knowledge of the kinds.

mod difference;
mod hints;
mod key;
mod options;
mod spec;
mod stage;
mod stages;

pub use hints::Hints;
pub use key::StageKey;
pub use options::StageOptions;
pub use spec::{Inputs, StageInput, StageRef, StageSpec};
pub use stage::Stage;
pub use stages::Stages;
