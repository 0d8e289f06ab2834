//! Parts of a map's relevance on the object.

use super::{Map, Mask, descending};

/// Relevance mass accuracy (Arras et al. 2022, CLEVR-XAI; `RelevanceMassAccuracy` of Quantus): sum of the
/// map on the object over its sum on all pixels that are not ignored. In `[0, 1]` for a map without negative values.
///
/// `None` if the sizes differ, the ground truth has no object, or the sum is 0 or not finite.
pub fn mass_within(map: &Map, region: &Mask) -> Option<f64> {
    let pixels = pixels(map, region)?;
    let inside: f64 = pixels.iter().filter(|(_, object)| *object).map(|(value, _)| f64::from(*value)).sum();
    let total: f64 = pixels.iter().map(|(value, _)| f64::from(*value)).sum();
    (total != 0.0 && total.is_finite()).then(|| inside / total)
}

/// Relevance rank accuracy (Arras et al. 2022; `RelevanceRankAccuracy` of Quantus): with `k` the number of
/// object pixels, the fraction of the `k` highest pixels that are on the object, in `[0, 1]`.
///
/// Equal values are ranked in row order. Quantus ranks them by `numpy.argsort` with its default, unstable algorithm, so
/// that the order of ties depends on the version and the processor. `None` if the sizes differ, the ground truth has
/// no object, or a value is NaN.
pub fn rank_within(map: &Map, region: &Mask) -> Option<f64> {
    let pixels = pixels(map, region)?;
    let objects = pixels.iter().filter(|(_, object)| *object).count();
    share_of_highest(&pixels, objects)
}

/// Top-k intersection (Theiner et al. 2022; `TopKIntersection` of Quantus): fraction of the `k` highest pixels that are
/// on the object, in `[0, 1]`. With fewer than `k` pixels that are not ignored, all of them count. Ties and `None` as
/// in [`rank_within`]; `None` for `k` = 0 too.
pub fn top_within(map: &Map, region: &Mask, k: usize) -> Option<f64> {
    share_of_highest(&pixels(map, region)?, k)
}

/// Value of every pixel that is not ignored, and `true` on the object. `None` without an object, if the sizes differ,
/// or if a value is NaN.
fn pixels(map: &Map, region: &Mask) -> Option<Vec<(f32, bool)>> {
    if (map.height, map.width) != (region.height, region.width) || !region.data.contains(&1) {
        return None;
    }
    let labelled = map.data.iter().zip(&region.data).filter(|(_, label)| **label != Mask::IGNORED);
    let pixels: Vec<(f32, bool)> = labelled.map(|(value, label)| (*value, *label == 1)).collect();
    (!pixels.iter().any(|(value, _)| value.is_nan())).then_some(pixels)
}

fn share_of_highest(pixels: &[(f32, bool)], k: usize) -> Option<f64> {
    let values: Vec<f32> = pixels.iter().map(|(value, _)| *value).collect();
    let k = k.min(pixels.len());
    let inside = descending(&values)[..k].iter().filter(|at| pixels[**at as usize].1).count();
    (k > 0).then(|| inside as f64 / k as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn case() -> (Map, Mask) {
        let map = Map::new(2, 4, vec![0.0, 4.0, 1.0, 4.0, 2.0, 9.0, 3.0, 1.0]);
        (map, Mask { height: 2, width: 4, data: vec![0, 0, 1, 1, 1, Mask::IGNORED, 0, 0] })
    }

    #[test]
    fn by_hand() {
        let (map, region) = case();
        assert_eq!(mass_within(&map, &region), Some(7.0 / 15.0));
        // The three highest: 4 (background, first of a tie), 4 (object), 3 (background).
        assert_eq!(rank_within(&map, &region), Some(1.0 / 3.0));
        assert_eq!(top_within(&map, &region, 1), Some(0.0));
        assert_eq!(top_within(&map, &region, 2), Some(0.5));
        assert_eq!(top_within(&map, &region, 100), Some(3.0 / 7.0));
    }

    #[test]
    fn nothing_to_compare() {
        let (map, region) = case();
        assert_eq!(top_within(&map, &region, 0), None);
        let empty = Mask { data: vec![0; 8], ..region.clone() };
        let zero = Map::new(2, 4, vec![0.0; 8]);
        assert_eq!((mass_within(&map, &empty), rank_within(&map, &empty)), (None, None));
        assert_eq!(mass_within(&zero, &region), None);
        let mut broken = map.clone();
        broken.data[0] = f32::NAN;
        assert_eq!((mass_within(&broken, &region), rank_within(&broken, &region)), (None, None));
        let other = Mask { height: 4, width: 2, data: region.data };
        assert_eq!((mass_within(&map, &other), top_within(&map, &other, 1)), (None, None));
    }
}
