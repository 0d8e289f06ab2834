//! Stages of a run as plain values: a [`StageSpec`] is everything that a stage's result depends on and the preimage of
//! its [`StageKey`]; [`Stages`] are the stages of a run in topological order. No I/O, and no knowledge of the kinds.

mod difference;
mod hints;
mod inputs;
mod key;
mod options;
mod places;
mod shared;
mod spec;
mod stage;
mod stages;

pub use difference::{OptionChange, SpecChange, brief_change};
pub use hints::{Hints, SharedSet};
pub use inputs::Inputs;
pub use key::StageKey;
pub use options::StageOptions;
pub use places::ContentPlaces;
pub use shared::SharedText;
pub use spec::{StageInput, StageRef, StageSpec};
pub use stage::Stage;
pub use stages::Stages;
