//! Foundations shared by all crates: the registry of named parts, named random streams, name patterns, file
//! stamps, atomic file writes, amounts of bytes and times as text, terminal output.

pub mod bytes;
mod causes;
mod counted;
pub mod date;
mod duration;
pub mod file;
pub mod glob;
mod memory;
pub mod options;
pub mod random;
pub mod registry;
mod resample;
pub mod schema;
mod stamp;
pub mod terminal;

pub use causes::causes;
pub use counted::counted;
pub use duration::spoken;
pub use memory::{peak_memory, proc_bytes};
pub use resample::{Resamples, quantile};
pub use stamp::stamp;
