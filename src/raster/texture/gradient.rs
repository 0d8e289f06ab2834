use super::window::separable;
use crate::Map;

/// Magnitude of the Sobel gradient, in grey levels per pixel.
pub(super) fn magnitude(grey: &Map) -> Map {
    let (slope, smooth) = ([-0.5, 0.0, 0.5], [0.25, 0.5, 0.25]);
    let (across, down) = (separable(grey, &smooth, &slope), separable(grey, &slope, &smooth));
    let pairs = across.data.iter().zip(&down.data);
    Map::new(grey.height, grey.width, pairs.map(|(x, y)| x.hypot(*y)).collect())
}
