//! Stages of the source article's chain: polynomial feature correction ([`polynomial`], step A9), clustering of
//! pixels ([`cluster`], A10), and merging of sub-maps ([`merge`], A11). Only [`agreement`] reads the ground truth.

pub mod agreement;
pub mod cluster;
mod cluster_file;
pub mod merge;
pub mod polynomial;
pub mod stacks;
