//! A hash of 64 bits by which photographs that look alike are alike.

use std::f64::consts::PI;
use std::sync::OnceLock;

use fast_image_resize::images::{TypedImage, TypedImageRef};
use fast_image_resize::pixels::U8;
use fast_image_resize::{FilterType, ResizeAlg, ResizeOptions, Resizer};

use camlab_raster::Rgb;

/// Side of the reduced picture, in pixels.
const SIDE: usize = 32;
/// Number of low frequencies per direction.
const LOW: usize = 8;
/// Difference of grey levels in the reduced picture below which it has no structure to compare.
const CONTRAST: u8 = 8;

/// The perceptual hash `phash` of the Python library ImageHash (`hash_size = 8`, `highfreq_factor = 4`): grey levels as
/// PIL's `convert("L")`, reduced to 32 x 32 by Lanczos' filter, type-II cosine transform, and one bit per coefficient of
/// the lowest 8 x 8 frequencies: 1 if it is above their median. Row by row, the first is the highest bit.
///
/// `None` for an image without pixels, and for one whose reduced picture spans less than 8 grey levels: its hash would
/// be rounding noise.
pub(super) fn perceptual_hash(photo: &Rgb) -> Option<u64> {
    let reduced = reduce(photo)?;
    let (low, high) = (reduced.iter().min()?, reduced.iter().max()?);
    (high - low >= CONTRAST).then(|| above_median(&low_frequencies(&reduced)))
}

/// Grey levels of the picture at 32 x 32; columns before rows with rounding in between, as in PIL.
fn reduce(photo: &Rgb) -> Option<Vec<u8>> {
    let grey: Vec<u8> = photo
        .data
        .chunks_exact(3)
        .map(|pixel| {
            let [red, green, blue] = [pixel[0], pixel[1], pixel[2]].map(u32::from);
            ((red * 19595 + green * 38470 + blue * 7471 + 0x8000) >> 16) as u8
        })
        .collect();
    let wide = scale(&grey, (photo.height, photo.width), (photo.height, SIDE))?;
    scale(&wide, (photo.height, SIDE), (SIDE, SIDE))
}

/// Lanczos scaling between two sizes, both `(height, width)`; `None` without pixels.
fn scale(grey: &[u8], from: (usize, usize), to: (usize, usize)) -> Option<Vec<u8>> {
    if from == to {
        return Some(grey.to_vec());
    }
    let mut scaled = vec![0; to.0 * to.1];
    let source = TypedImageRef::<U8>::from_buffer(from.1 as u32, from.0 as u32, grey).ok()?;
    let mut target = TypedImage::<U8>::from_buffer(to.1 as u32, to.0 as u32, &mut scaled).ok()?;
    let options = ResizeOptions::new().resize_alg(ResizeAlg::Convolution(FilterType::Lanczos3));
    Resizer::new().resize_typed(&source, &mut target, &options).ok()?;
    Some(scaled)
}

/// The lowest 8 x 8 coefficients of the cosine transform, without normalisation.
fn low_frequencies(reduced: &[u8]) -> [f64; LOW * LOW] {
    static COSINES: OnceLock<Vec<f64>> = OnceLock::new();
    let cosines = COSINES.get_or_init(|| {
        let angle = |frequency: usize, at: usize| PI * (frequency * (2 * at + 1)) as f64 / (2 * SIDE) as f64;
        (0..LOW).flat_map(|frequency| (0..SIDE).map(move |at| 2.0 * angle(frequency, at).cos())).collect()
    });
    let dot = |row: &[f64], values: &mut dyn Iterator<Item = f64>| -> f64 {
        row.iter().zip(values).map(|(cosine, value)| cosine * value).sum()
    };
    let mut columns = [0.0; LOW * SIDE];
    let mut found = [0.0; LOW * LOW];
    for (row, out) in cosines.chunks_exact(SIDE).zip(columns.chunks_exact_mut(SIDE)) {
        for (x, out) in out.iter_mut().enumerate() {
            *out = dot(row, &mut reduced.iter().skip(x).step_by(SIDE).map(|value| f64::from(*value)));
        }
    }
    for (column, out) in columns.chunks_exact(SIDE).zip(found.chunks_exact_mut(LOW)) {
        for (row, out) in cosines.chunks_exact(SIDE).zip(out) {
            *out = dot(row, &mut column.iter().copied());
        }
    }
    found
}

fn above_median(values: &[f64; LOW * LOW]) -> u64 {
    let mut sorted = *values;
    sorted.sort_by(f64::total_cmp);
    let median = (sorted[LOW * LOW / 2 - 1] + sorted[LOW * LOW / 2]) / 2.0;
    values.iter().fold(0, |hash, value| hash << 1 | u64::from(*value > median))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Hashes of ImageHash 4.3 on PNGs, see `fixtures/golden/perceptual-hash/make.py`.
    #[test]
    fn hashes_are_those_of_imagehash() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures/golden/perceptual-hash");
        let list = std::fs::read_to_string(format!("{folder}/expected.csv")).unwrap();
        let mut compared = 0;
        for line in list.lines().skip(1) {
            let (name, expected) = line.split_once(',').unwrap();
            let photo = crate::decode(
                format!("{folder}/{name}").as_ref(),
                crate::OnBadImage::Convert,
                crate::ExifOrientation::Ignore,
            )
            .unwrap();
            let found = perceptual_hash(&photo).map(|hash| format!("{hash:016x}"));
            assert_eq!(found.as_deref(), Some(expected), "{name}");
            compared += 1;
        }
        assert!(compared >= 6);
    }

    #[test]
    fn a_picture_without_structure_has_no_hash() {
        assert_eq!(perceptual_hash(&Rgb { height: 40, width: 50, data: vec![90; 6000] }), None);
        assert_eq!(perceptual_hash(&Rgb { height: 0, width: 0, data: Vec::new() }), None);
    }
}
