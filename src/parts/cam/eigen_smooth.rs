use super::eigen_cam::{Sign, component};
use super::weigh::finish;
use super::{Cam, Features};
use camlab_raster::Map;

/// The first principal component of a method's parts in place of their sum (pytorch-grad-cam's `eigen_smooth`): of the
/// sign that grows with their sum, its negative values cut off. `None` where the method has no parts.
pub fn eigen_smooth(cam: &dyn Cam, features: Features<'_>) -> Option<Map> {
    let parts = cam.parts(features)?;
    let map = component(parts.into_iter(), features.channels, true, Sign::Sum);
    Some(finish(features, map, true))
}
