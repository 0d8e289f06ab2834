//! Building blocks of the `f32` kernels: register tiles, packed filters, gathered windows.

pub(super) mod filter;
pub(super) mod gather;
pub(super) mod outer;
pub(super) mod tile;
