//! Shared by the test binaries of this crate.

pub mod golden;
pub mod rows;
pub mod scene;
