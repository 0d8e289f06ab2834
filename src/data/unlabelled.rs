//! A data set of files whose classes nobody has written down.

use std::path::PathBuf;
use std::time::SystemTime;

use super::image_error::{ImageError, OnBadImage};
use super::listed::Listed;
use super::truth::GroundTruth;
use super::{Dataset, DatasetError, DeclaredReading, Examined, Remark};
use camlab_raster::Rgb;

/// Images without labels; [`Dataset::label`] is 0 for all, and means nothing.
#[derive(Debug)]
pub(super) struct UnlabelledSet(pub(super) Listed);

impl Dataset for UnlabelledSet {
    fn classes(&self) -> &[String] {
        self.0.classes()
    }

    fn len(&self) -> usize {
        self.0.len()
    }

    fn id(&self, index: usize) -> &str {
        self.0.id(index)
    }

    fn label(&self, index: usize) -> usize {
        self.0.label(index)
    }

    fn reading(&self) -> DeclaredReading {
        self.0.reading()
    }

    fn remarks(&self) -> &[Remark] {
        self.0.remarks()
    }

    fn has_labels(&self) -> bool {
        false
    }

    fn photo_as(&self, index: usize, on_bad: OnBadImage) -> Result<Rgb, ImageError> {
        self.0.photo_as(index, on_bad)
    }

    fn encoded(&self, index: usize) -> Option<Result<Vec<u8>, ImageError>> {
        self.0.encoded(index)
    }

    fn truth(&self, index: usize) -> Result<GroundTruth, DatasetError> {
        self.0.truth(index)
    }

    fn has_masks(&self) -> bool {
        self.0.has_masks()
    }

    fn has_boxes(&self) -> bool {
        self.0.has_boxes()
    }

    fn content(&self, index: usize) -> Result<[u8; 32], DatasetError> {
        self.0.content(index)
    }

    fn examine(&self) -> Result<Examined, DatasetError> {
        let Examined { digest, remarks } = self.0.examine()?;
        Ok(Examined { digest: unlabelled(&digest), remarks })
    }

    fn stamp(&self, now: SystemTime) -> Option<String> {
        self.0.stamp(now).map(|stamp| unlabelled(&stamp))
    }

    fn files(&self) -> Vec<PathBuf> {
        self.0.files()
    }
}

/// The same images with labels are another data set.
fn unlabelled(digest: &str) -> String {
    blake3::hash(format!("unlabelled {digest}").as_bytes()).to_hex().to_string()
}
