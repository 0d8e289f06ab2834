//! Faithfulness of maps to the network: its response to images changed by the map, and properties of the map alone.

mod adcc;
mod arcc;
mod average_drop;
mod average_gain;
mod average_increase;
mod coherency;
mod complexity;
mod confidence;
mod deletion;
mod harmonic;
mod infidelity;
mod insertion;
mod l1_complexity;
mod max_sensitivity;
mod options;
mod replacement;
mod road;
mod sparseness;

pub use adcc::Adcc;
pub use arcc::Arcc;
pub use average_drop::AverageDrop;
pub use average_gain::AverageGain;
pub use average_increase::AverageIncrease;
pub use coherency::Coherency;
pub use complexity::Complexity;
pub use deletion::Deletion;
pub use infidelity::{Infidelity, Noise};
pub use insertion::Insertion;
pub use l1_complexity::L1Complexity;
pub use max_sensitivity::MaxSensitivity;
pub use replacement::Canvas;
pub use road::Road;
pub use sparseness::Sparseness;
