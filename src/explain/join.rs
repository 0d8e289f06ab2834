//! Combination of several layers' maps of one image into one map.

use camlab_config::JoinScaling;
use camlab_parts::cam::Combine;
use camlab_raster::{Flag, Interpolation, Map, min_max_in_place, resize};

/// Combines the maps of several layers at the input's size (`[height, width]`). For mean and maximum each map is
/// scaled on its own grid before upsampling, as in pytorch-grad-cam and torchcam; for a product after upsampling, as
/// in RefineCAM.
pub fn layers(
    how: Combine,
    normalise: JoinScaling,
    maps: Vec<Map>,
    size: [usize; 2],
    interpolation: Interpolation,
) -> Map {
    let count = maps.len() as f32;
    let start = if how == Combine::Product { 1.0 } else { 0.0 };
    let mut joined = vec![start; size[0] * size[1]];
    if how == Combine::Max {
        joined.fill(f32::NEG_INFINITY);
    }
    for map in maps {
        let map = match how {
            Combine::Product => scaled(map, normalise, size, interpolation),
            Combine::Mean | Combine::Max => {
                let grid = [map.height, map.width];
                resize(&scaled(map, normalise, grid, interpolation), size[0], size[1], interpolation)
            }
        };
        for (sum, value) in joined.iter_mut().zip(map.data) {
            match how {
                Combine::Mean => *sum += value / count,
                Combine::Max => *sum = sum.max(value),
                Combine::Product => *sum *= value,
            }
        }
    }
    Map::new(size[0], size[1], joined)
}

/// A map upsampled to the input's size, then scaled; all zeros if the map holds a non-finite value.
pub fn scaled(
    map: Map,
    normalise: JoinScaling,
    [height, width]: [usize; 2],
    interpolation: Interpolation,
) -> Map {
    let mut map = match (map.height, map.width) == (height, width) {
        true => map,
        false => resize(&map, height, width, interpolation),
    };
    if Flag::of(&map) == Flag::Nan {
        map.data.fill(0.0);
    }
    match normalise {
        JoinScaling::None => {}
        JoinScaling::MinMax => min_max_in_place(&mut map),
        JoinScaling::Max => {
            let most = map.data.iter().copied().fold(0.0f32, f32::max);
            let scale = |value: &mut f32| *value = if most > 0.0 { *value / most } else { 0.0 };
            map.data.iter_mut().for_each(scale);
        }
    }
    map
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Reference: torchcam's `test_methods_gradient.py`, RefineCAM of two maps.
    #[test]
    fn the_product_is_torchcams_refine_cam() {
        let maps = vec![Map::new(2, 2, vec![0.0, 1.0, 2.0, 3.0]), Map::new(2, 2, vec![3.0, 2.0, 1.0, 0.0])];
        let joined = layers(Combine::Product, JoinScaling::MinMax, maps, [2, 2], Interpolation::Bilinear);
        let wanted = [0.0, 2.0 / 9.0, 2.0 / 9.0, 0.0];
        assert!(joined.data.iter().zip(wanted).all(|(a, b): (&f32, f32)| (a - b).abs() < 1e-6), "{joined:?}");
    }

    #[test]
    fn scaling_by_the_largest_value_keeps_zero_and_leaves_nothing_of_negative_maps() {
        let by_max = |data: [f32; 3]| {
            scaled(Map::new(1, 3, data.to_vec()), JoinScaling::Max, [1, 3], Interpolation::Bilinear).data
        };
        assert_eq!(by_max([-1.0, 0.0, 2.0]), [-0.5, 0.0, 1.0]);
        assert_eq!(by_max([-1.0, -3.0, -2.0]), [0.0; 3]);
        assert_eq!(by_max([f32::NAN, 1.0, 2.0]), [0.0; 3]);
    }
}
