//! The state of a plan before it runs: which stages run, why, and for how long.
//!
//! A stage without an artefact is compared with the most similar recorded stage that has one. An option that differs is
//! traced to the line of the experiment file that it comes from.

mod cause;
mod documents;
mod estimates;
mod find;
mod holds;
mod inputs;
mod keys;
mod options;
mod origin;
mod roots;
mod seeds;
mod state;

pub use cause::{Cause, Reason};
pub use estimates::{effort, estimates};
pub use find::reasons;
pub use origin::Origin;
pub use roots::{RootCause, root_causes};
pub use state::{StageState, cells_of_stages, states};
