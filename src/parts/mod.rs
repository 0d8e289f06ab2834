//! What TOML can name: one folder per kind, one file per item, one registry row each.

pub mod backbone;
pub mod cam;
pub mod contrast;
pub mod dataset;
pub mod fusion;
pub mod init;
pub mod metric;
pub mod path;
