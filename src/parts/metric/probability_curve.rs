use super::ImageList;

/// Mean over images of the target class's probability while the pixels of an image are changed in the order of its map.
#[derive(Debug, Clone, PartialEq)]
pub struct ProbabilityCurve {
    /// Column of the images' own curves in [`super::ImageColumns::lists`].
    pub column: String,
    /// Share of changed pixels, 0 to 1 ascending, and mean softmax probability, 0 to 1.
    pub points: Vec<(f64, f64)>,
    /// Number of images that have a curve.
    pub images: usize,
}

impl ProbabilityCurve {
    /// The mean of the images' `curves` at each of as many positions as they have points; images without a curve, with
    /// another number of points, or with a value that is not finite are left out. `None` without any image.
    pub(super) fn mean(
        column: String,
        curves: &[ImageList],
        positions: impl Fn(usize) -> Vec<f64>,
    ) -> Option<Self> {
        let count = curves.iter().map(ImageList::len).find(|count| *count > 0)?;
        let positions = positions(count);
        if positions.len() != count {
            return None;
        }
        let (mut sums, mut images) = (vec![0.0; count], 0);
        let whole = |curve: &&ImageList| curve.len() == count && curve.iter().all(f32::is_finite);
        for curve in curves.iter().filter(whole) {
            curve.add_to(0, 1.0, &mut sums);
            images += 1;
        }
        let means = sums.into_iter().map(|sum| sum / images as f64);
        let mut points: Vec<(f64, f64)> = positions.into_iter().zip(means).collect();
        points.sort_by(|a, b| a.0.total_cmp(&b.0));
        (images > 0).then_some(Self { column, points, images })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn images_without_a_whole_curve_are_left_out() {
        let curves = [vec![], vec![0.25, 0.5], vec![0.75, 1.0], vec![f32::NAN, 1.0], vec![0.5]]
            .map(|curve| ImageList::from(curve.as_slice()));
        let mean =
            |positions: Vec<f64>| ProbabilityCurve::mean("a".to_owned(), &curves, |_| positions.clone());
        let found = mean(vec![0.9, 0.1]).unwrap();
        assert_eq!((found.points, found.images), (vec![(0.1, 0.75), (0.9, 0.5)], 2));
        assert_eq!(mean(vec![0.0]), None);
        assert_eq!(ProbabilityCurve::mean("a".to_owned(), &curves[..1], |_| Vec::new()), None);
    }
}
