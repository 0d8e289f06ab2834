//! Numbers of object and background pixels by the value of the map: the input of the metrics over the pixels of all
//! images.

use super::{ImageColumns, ImageList, ImageLists, Measured, MeasuredImage};
use camlab_raster::{MaskHistogram, ScoreBins};

/// Column of the numbers of object pixels in every bin, then those of background pixels, at `interval`.
pub(super) fn column(interval: f64) -> String {
    format!("pixel_counts@{interval}")
}

/// The numbers of one image; none if it has no object.
pub(super) fn measure(image: &MeasuredImage<'_>, interval: f64) -> Vec<Measured> {
    let counts =
        ScoreBins::new(interval).ok().and_then(|bins| MaskHistogram::of(image.map, image.mask, &bins));
    let counts = counts.filter(|counts| counts.object.iter().any(|count| *count > 0));
    // Exact below 2^24 pixels.
    let list = |counts: MaskHistogram| {
        counts.object.into_iter().chain(counts.background).map(|count| count as f32).collect()
    };
    vec![Measured::List(counts.map(list).unwrap_or_default())]
}

/// The numbers of all images with ground truth, as the rows hold them.
pub(super) struct PixelCounts {
    lists: ImageLists,
    /// Indices of the images.
    images: Vec<usize>,
    /// Number of bins.
    bins: usize,
}

/// Object and background pixels by bin, of one image or summed over images.
pub(super) type PooledCounts = [Vec<f64>; 2];

impl PixelCounts {
    /// Those of the images of `rows` that `keep` accepts.
    pub(super) fn of(rows: &ImageColumns, interval: f64, keep: impl Fn(usize) -> bool) -> Self {
        let lists = rows.list(&column(interval));
        let bins = lists.iter().map(ImageList::len).max().unwrap_or(0) / 2;
        let known = |image: &usize| bins > 0 && lists[*image].len() == 2 * bins && keep(*image);
        let images = (0..lists.len()).filter(known).collect();
        Self { lists, images, bins }
    }

    /// Number of images.
    pub(super) fn len(&self) -> usize {
        self.images.len()
    }

    /// Each image with its object and background pixels by bin.
    pub(super) fn by_image(&self) -> impl Iterator<Item = (usize, PooledCounts)> {
        self.images.iter().map(|image| {
            let mut counts = self.zeros();
            self.add_image(*image, 1.0, &mut counts);
            (*image, counts)
        })
    }

    fn zeros(&self) -> PooledCounts {
        [vec![0.0; self.bins], vec![0.0; self.bins]]
    }

    fn add_image(&self, image: usize, weight: f64, sums: &mut PooledCounts) {
        for (start, sums) in [0, self.bins].into_iter().zip(sums) {
            self.lists[image].add_to(start, weight, sums);
        }
    }

    /// The sums when image `i` counts `weights[i]` times.
    pub(super) fn pooled(&self, weights: &[u32]) -> PooledCounts {
        let mut sums = self.zeros();
        for image in self.images.iter().filter(|image| weights[**image] > 0) {
            self.add_image(*image, f64::from(weights[*image]), &mut sums);
        }
        sums
    }
}
