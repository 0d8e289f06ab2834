use super::{Map, Mask};

/// IoU of a thresholded map with the object, in `[0, 1]`, at each threshold: pixels with a value of at least the
/// threshold are predicted as object; thresholds are in the map's own scale. Ignored pixels are excluded; a NaN value
/// is never predicted as object.
///
/// All are `None` if the sizes differ or the ground truth has no object.
pub fn mask_iou(map: &Map, region: &Mask, thresholds: &[f32]) -> Vec<Option<f64>> {
    let comparable = (map.height, map.width) == (region.height, region.width);
    let iou = |threshold: &f32| {
        let (mut shared, mut either, mut objects) = (0u64, 0u64, 0u64);
        for (&value, &label) in map.data.iter().zip(&region.data).filter(|_| comparable) {
            if label != Mask::IGNORED {
                let (object, predicted) = (label != 0, value >= *threshold);
                shared += u64::from(object & predicted);
                either += u64::from(object | predicted);
                objects += u64::from(object);
            }
        }
        (objects > 0).then(|| shared as f64 / either as f64)
    };
    thresholds.iter().map(iou).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn by_hand() {
        let map = Map::new(2, 3, vec![0.1, 0.5, 0.9, f32::NAN, 0.5, 1.0]);
        let region = Mask { height: 2, width: 3, data: vec![0, 1, 1, 1, 0, Mask::IGNORED] };
        let wanted = [Some(0.4), Some(0.5), Some(1.0 / 3.0), Some(0.0)];
        assert_eq!(mask_iou(&map, &region, &[0.0, 0.5, 0.6, 2.0]), wanted);
        let empty = Mask { data: vec![0, 0, 0, 0, 0, Mask::IGNORED], ..region };
        assert_eq!(mask_iou(&map, &empty, &[0.5, 0.6]), [None, None]);
    }
}
