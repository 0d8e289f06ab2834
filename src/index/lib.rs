//! Lists all reports on disk.

pub mod expression;
