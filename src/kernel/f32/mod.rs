//! The `f32` kernels' inner parts: register tiles, packed filters, gathered windows.

pub(super) mod filter;
pub(super) mod gather;
pub(super) mod outer;
pub(super) mod tile;
