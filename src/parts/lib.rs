//! What TOML can name: one folder per kind, one file per item, one registry row each.

pub mod backbone;
pub mod cam;
pub mod cluster;
pub mod contrast;
pub mod fusion;
pub mod init;
pub mod merge;
pub mod metric;
pub mod polynomial;
