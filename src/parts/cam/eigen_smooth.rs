use super::eigen_cam::{Sign, component};
use super::weigh::finish;
use super::{Cam, Features};
use camlab_raster::Map;

/// First principal component of a method's terms ([`Cam::parts`]) in place of their sum (pytorch-grad-cam's
/// `eigen_smooth`), with the sign that correlates positively with that sum and negative values clipped to 0. `None`
/// where the method has no such terms.
pub fn eigen_smooth(cam: &dyn Cam, features: Features<'_>) -> Option<Map> {
    let parts = cam.parts(features)?;
    let map = component(parts.into_iter(), features.channels, true, Sign::Sum);
    Some(finish(features, map, true))
}
