//! The parts that a TOML experiment selects by name: one folder per kind, one file and one registry row per part.

mod algebra;
pub mod backbone;
pub mod cam;
pub mod cluster;
pub mod contrast;
pub mod fusion;
pub mod init;
pub mod localiser;
pub mod merge;
pub mod metric;
pub mod polynomial;
pub mod search;
pub mod threshold;
pub mod training;
