//! CAM methods and chains, against their papers' equations and the peers' maps.

mod affine_cam;
mod cam_identities;
mod chain;
mod every_method;
mod guided_cams;
mod mask_cams;
mod mask_kin;
mod peer_maps;
mod quantities;
mod slope_cams;
#[path = "../support/mod.rs"]
mod support;
