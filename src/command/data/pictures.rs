//! Thumbnails of images with their boxes.

use camlab::data::OnBadImage;
use camlab::data::check::CheckedSplit;
use camlab::raster::{Rgb, encode, overlay};
use camlab::report::CheckedPicture;

use super::text::in_split;

/// The longer side of a thumbnail, in pixels.
const SIDE: usize = 168;
/// Maximum number of images in the sample of a split.
const SAMPLE: usize = 30;
/// Number of thumbnails in a row of the contact sheet.
const COLUMNS: usize = 6;
/// Space between thumbnails, in pixels.
const GAP: usize = 8;
/// Colour of true boxes, as in the gallery of a report.
const BOX: [u8; 3] = [0, 200, 83];
/// Half of a box's border, so that it shows on any ground.
const BORDER: [u8; 3] = [0, 0, 0];

/// A thumbnail of an image with its boxes; `None` if it cannot be read.
pub(super) fn thumbnail(splits: &[CheckedSplit], (split, image): (usize, usize)) -> Option<Rgb> {
    let dataset = splits.get(split)?.dataset.as_ref().ok()?;
    let photo = dataset.photo_as(image, OnBadImage::Convert).ok()?;
    let longer = photo.height.max(photo.width).max(1);
    // Small images are enlarged, or their boxes would hide them.
    let scaled = |side: usize| (side * SIDE / longer).max(1);
    let (height, width) = (scaled(photo.height), scaled(photo.width));
    let mut small = encode::fit(&photo, height, width);
    if let Ok(truth) = dataset.truth(image) {
        for outline in &truth.boxes {
            let (old_width, old_height) = truth.size;
            let shown = overlay::scale_box(outline, (old_height, old_width), (height, width));
            overlay::draw_box(&mut small, &shown, BORDER, 3);
            overlay::draw_box(&mut small, &shown, BOX, 2);
        }
    }
    Some(small)
}

/// Thumbnails of images at equal steps through every split.
pub(super) fn sample(splits: &[CheckedSplit]) -> Vec<CheckedPicture> {
    let mut pictures = Vec::new();
    for (place, split) in splits.iter().enumerate() {
        let Ok(dataset) = &split.dataset else { continue };
        let step = dataset.len().div_ceil(SAMPLE).max(1);
        for image in (0..dataset.len()).step_by(step) {
            let Some(small) = thumbnail(splits, (place, image)) else { continue };
            let class = dataset.classes().get(dataset.label(image)).filter(|_| dataset.has_labels());
            let name = in_split(splits, (place, image));
            pictures.push(CheckedPicture {
                image: small,
                caption: class.cloned().into_iter().chain([name]).collect(),
            });
        }
    }
    pictures
}

/// All thumbnails in one picture; `None` without any.
pub(super) fn contact_sheet(sample: &[CheckedPicture]) -> Option<Rgb> {
    if sample.is_empty() {
        return None;
    }
    let cell = SIDE + GAP;
    let columns = COLUMNS.min(sample.len());
    let (height, width) = (sample.len().div_ceil(columns) * cell + GAP, columns * cell + GAP);
    let mut sheet = Rgb { height, width, data: vec![255; height * width * 3] };
    for (place, CheckedPicture { image, .. }) in sample.iter().enumerate() {
        let left = GAP + place % columns * cell + (SIDE - image.width.min(SIDE)) / 2;
        let top = GAP + place / columns * cell + (SIDE - image.height.min(SIDE)) / 2;
        for (y, row) in image.data.chunks_exact(3 * image.width.max(1)).enumerate() {
            let start = ((top + y) * width + left) * 3;
            if let Some(target) = sheet.data.get_mut(start..start + row.len()) {
                target.copy_from_slice(row);
            }
        }
    }
    Some(sheet)
}
