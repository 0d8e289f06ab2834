//! Test-time augmentation: versions of an image whose maps are averaged (`aug_smooth`).

use std::sync::Arc;

use camlab_nn::Images;
use camlab_raster::Map;

/// One version of an image.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Version {
    /// Flipped horizontally.
    mirrored: bool,
    /// Factor on the pixel values.
    factor: f32,
}

impl Version {
    /// The unchanged image alone; with `aug_smooth` the six versions of pytorch-grad-cam, which include it.
    pub fn all(aug_smooth: bool) -> Vec<Self> {
        let factors: &[f32] = if aug_smooth { &[1.0, 0.9, 1.1] } else { &[1.0] };
        let sides: &[bool] = if aug_smooth { &[false, true] } else { &[false] };
        let of = |mirrored: bool| factors.iter().map(move |factor| Self { mirrored, factor: *factor });
        sides.iter().flat_map(|mirrored| of(*mirrored)).collect()
    }

    /// This version of some images.
    pub fn apply(self, images: &Images) -> Images {
        let Images { pixels, count, height, width } = images;
        if self == (Self { mirrored: false, factor: 1.0 }) {
            return images.clone();
        }
        let row = pixels.len() / (count * height).max(1);
        let colours = row / (*width).max(1);
        let mut changed: Vec<f32> = pixels.iter().map(|value| value * self.factor).collect();
        if self.mirrored {
            changed.chunks_exact_mut(row.max(1)).for_each(|row| mirror(row, colours));
        }
        Images { pixels: Arc::new(changed), ..*images }
    }

    /// Undoes the flip: a map of this version in the coordinates of the unchanged image.
    pub fn turn_back(self, mut map: Map) -> Map {
        if self.mirrored {
            let width = map.width.max(1);
            map.data.chunks_exact_mut(width).for_each(|row| mirror(row, 1));
        }
        map
    }
}

/// Reverses the order of a row's pixels; each keeps the order of its colour channels.
fn mirror(row: &mut [f32], colours: usize) {
    row.reverse();
    row.chunks_exact_mut(colours.max(1)).for_each(<[f32]>::reverse);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_turned_back() {
        let versions = Version::all(true);
        assert_eq!(versions.len(), 6);
        let pixels: Vec<f32> = (0..2 * 2 * 3 * 2).map(|at| at as f32).collect();
        let images = Images { pixels: pixels.into(), count: 2, height: 2, width: 3 };
        let mirrored = Version { mirrored: true, factor: 1.0 }.apply(&images);
        assert_eq!(mirrored.pixels[..6], [4.0, 5.0, 2.0, 3.0, 0.0, 1.0]);
        let map = Map::new(2, 3, vec![1.0, 2.0, 3.0, 4.0, 5.0, 6.0]);
        let turned = Version { mirrored: true, factor: 0.9 }.turn_back(map);
        assert_eq!(turned.data, [3.0, 2.0, 1.0, 6.0, 5.0, 4.0]);
        assert_eq!(Version::all(false)[0].apply(&images).pixels, images.pixels);
    }
}
