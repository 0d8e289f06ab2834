use std::ops::Range;

use serde::{Deserialize, Serialize};

use rand::seq::SliceRandom as _;

use super::StageError;
use camlab_base::random::stream;
use camlab_config::Sample;
use camlab_data::{Dataset, ImageError, InputSize, InputSpec, Loading, OnBadImage, image_rows, resize};
use camlab_raster::Rgb;

/// The test images of a stage and their preprocessing; the data set itself is the input `images`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct TestImages {
    /// Size and normalisation of the network's input.
    pub input: InputSpec,
    /// Treatment of unreadable images.
    pub on_bad_image: OnBadImage,
    /// Random sample of the data set; `None`: all of it.
    pub sample: Option<Sample>,
    /// First position in the sample and the one after the last; `None`: the whole sample.
    pub range: Option<[usize; 2]>,
    /// Part of the sample in a random order: a rung of successive halving. `None`: the whole sample.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub drawn: Option<DrawnImages>,
}

/// Images that stand between two positions of the sample in a random order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct DrawnImages {
    /// Seed of the order.
    pub seed: u64,
    /// First position.
    pub first: usize,
    /// The position after the last.
    pub end: usize,
}

impl TestImages {
    /// Indices in a data set, ascending; `images` are the rows of each of its images ([`image_rows`]), none of which is
    /// separated by the sample.
    ///
    /// # Errors
    /// A sample or a range larger than the data set.
    pub fn indices(&self, images: &[Range<usize>]) -> Result<Vec<usize>, StageError> {
        let mut chosen: Vec<usize> = match &self.sample {
            None => (0..images.len()).collect(),
            Some(sample) if sample.count > images.len() => {
                return Err(StageError::Input(format!(
                    "data.sample.count = {} is more than the {all} test images; use at most {all}",
                    sample.count,
                    all = images.len()
                )));
            }
            Some(sample) => {
                let mut rng = stream(sample.seed, "data/sample");
                rand::seq::index::sample(&mut rng, images.len(), sample.count).into_vec()
            }
        };
        chosen.sort_unstable();
        if let Some(DrawnImages { seed, first, end }) = self.drawn {
            let all = chosen.len();
            let outside =
                || StageError::Input(format!("images {first} to {end} are not among the {all} chosen"));
            chosen = shuffled(chosen, seed).get(first..end).map(<[usize]>::to_vec).ok_or_else(outside)?;
            chosen.sort_unstable();
        }
        let rows: Vec<usize> = chosen.into_iter().flat_map(|image| images[image].clone()).collect();
        match self.range {
            None => Ok(rows),
            Some([first, end]) => rows.get(first..end).map(<[usize]>::to_vec).ok_or_else(|| {
                StageError::Input(format!("images {first} to {end} are not among the {} chosen", rows.len()))
            }),
        }
    }

    /// Indices of a data set that the stages read; as [`Self::indices`].
    ///
    /// # Errors
    /// As [`Self::indices`].
    pub fn indices_in(&self, set: &dyn Dataset) -> Result<Vec<usize>, StageError> {
        self.indices(&image_rows(set))
    }

    /// The rows of the images of the sample in the random order that [`DrawnImages`] refer to, image by image.
    ///
    /// # Errors
    /// A sample larger than the data set.
    pub fn order(&self, set: &dyn Dataset, seed: u64) -> Result<Vec<Range<usize>>, StageError> {
        let images = image_rows(set);
        // Of images that stand for themselves, the indices are their positions.
        let alone: Vec<Range<usize>> = (0..images.len()).map(|image| image..image + 1).collect();
        let chosen = Self { drawn: None, range: None, ..self.clone() }.indices(&alone)?;
        Ok(shuffled(chosen, seed).into_iter().map(|image| images[image].clone()).collect())
    }

    /// Number of images, of a data set of `images`; an estimate where an image has several rows.
    pub fn count(&self, images: usize) -> usize {
        let chosen = self.sample.as_ref().map_or(images, |sample| sample.count.min(images));
        let chosen =
            self.drawn.map_or(chosen, |DrawnImages { first, end, .. }| end.min(chosen).saturating_sub(first));
        self.range.map_or(chosen, |[first, end]| end.min(chosen).saturating_sub(first))
    }

    /// Height and width of the network's input, pixels.
    pub fn size(&self) -> [usize; 2] {
        let InputSize { height, width } = self.input.size;
        [height, width]
    }

    /// Image `index` of the data set, resized to the network's input.
    ///
    /// # Errors
    /// An image that cannot be read.
    pub fn photo(&self, set: &dyn Dataset, index: usize) -> Result<Rgb, ImageError> {
        let photo = set.photo_as(index, self.on_bad_image)?;
        Ok(resize(photo, self.input.size, self.input.filter))
    }

    /// Loading options for batches of `batch` images.
    pub fn loading(&self, batch: usize) -> Loading {
        Loading { on_bad_image: self.on_bad_image, ..Loading::new(self.input.clone(), batch) }
    }
}

/// Images in a random order.
fn shuffled(mut images: Vec<usize>, seed: u64) -> Vec<usize> {
    images.shuffle(&mut stream(seed, "data/drawn"));
    images
}
