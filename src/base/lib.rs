//! What every room may use: the registry of named parts, named random streams, name patterns, file stamps.

pub mod glob;
pub mod random;
pub mod registry;
mod stamp;

pub use stamp::stamp;
