//! Pictures of gallery images in a grid: the photograph, and maps of it.

use super::canvas::WIDTH;
use crate::error::ReportError;
use camlab_frame::{GalleryRow, RankKind, UNCHANGED};
use camlab_raster::encode::{decode, fit};
use camlab_raster::overlay::{draw_box, overlay, scale_box};
use camlab_raster::{Map, PixelBox, Rgb};

/// Space between pictures.
pub const GAP: f64 = 6.0;
/// Space above the first row for headings.
pub const HEAD: f64 = 26.0;
/// Space below a row of pictures for two lines of text.
pub const FOOT: f64 = 34.0;
/// Size of the text.
pub const TYPE: f64 = 10.0;
/// Colour of true boxes.
pub const TRUE: [u8; 3] = [0x00, 0xC8, 0x53];
/// Colour of predicted boxes.
pub const PREDICTED: [u8; 3] = [0xFF, 0x5A, 0x1F];
/// Opacity of the heat map over the image.
const ALPHA: f32 = 0.6;
/// Side of a picture, pixels.
const DETAIL: usize = 144;
/// Largest side of a picture, CSS pixels.
const LARGEST: f64 = 96.0;

/// Side of a picture in a grid of some columns, CSS pixels.
pub fn side(columns: usize) -> f64 {
    ((WIDTH - GAP * (columns as f64 - 1.0)) / columns as f64).min(LARGEST)
}

/// The photograph of a gallery image.
pub fn photo(row: &GalleryRow) -> Result<Rgb, ReportError> {
    let photo =
        decode(&row.photo).map_err(|source| ReportError::Photo { image: row.image.clone(), source })?;
    Ok(fit(&photo, DETAIL, DETAIL))
}

/// A photograph with a map of values from 0 to 1 over it.
pub fn heat(photo: &Rgb, map: &Map) -> Rgb {
    overlay(photo, map, ALPHA)
}

/// The map of a row.
pub fn map(image: &str, height: u32, width: u32, values: &[f32]) -> Result<Map, ReportError> {
    if values.len() != (height * width) as usize {
        return Err(ReportError::Map { image: image.to_owned(), found: values.len(), height, width });
    }
    Ok(Map::new(height as usize, width as usize, values.to_vec()))
}

/// Draws boxes in the coordinates of a gallery row.
pub fn outline(image: &mut Rgb, flat: &[i32], row: &GalleryRow, colour: [u8; 3]) {
    let (from, to) = ((row.height as usize, row.width as usize), (image.height, image.width));
    for corners in flat.chunks_exact(4) {
        let scaled = scale_box(&PixelBox::new(corners[0], corners[1], corners[2], corners[3]), from, to);
        draw_box(image, &scaled, colour, 3);
    }
}

/// The gallery images of a chain and network that `case` accepts: up to half of `most` best, half worst.
pub fn cases<'a, T>(
    gallery: &'a [GalleryRow],
    chain: &str,
    network: &str,
    most: usize,
    case: impl Fn(&'a GalleryRow) -> Option<T>,
) -> Vec<T> {
    let of = |kind: RankKind| {
        let own = move |row: &&GalleryRow| {
            row.method == chain
                && row.network == network
                && row.contrast == UNCHANGED
                && row.rank_kind == kind
        };
        gallery.iter().filter(own).filter_map(&case).take(most / 2)
    };
    of(RankKind::Best).chain(of(RankKind::Worst)).collect()
}
