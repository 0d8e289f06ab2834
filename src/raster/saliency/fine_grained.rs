use super::grey::Grey;
use crate::{Map, Rgb};

/// Half-sides of the surrounds, in pixels.
const SURROUNDS: [usize; 6] = [12, 24, 48, 28, 56, 112];

/// Fine-grained saliency (Montabone and Soto 2010): differences between a pixel and the means of six square
/// surrounds, computed from an integral image; brighter and darker differences are summed apart, scaled and added.
///
/// The map has the image's size and values in [0, 1], multiples of 1 / 255. It equals that of OpenCV's
/// `StaticSaliencyFineGrained`, except that a sum beyond 8 bits is limited to 1 (there it starts again at 0, and the
/// most salient pixels become black) and that the integral image is exact for images of any size.
pub fn fine_grained_saliency(photo: &Rgb) -> Map {
    let grey = Grey::of(photo);
    if grey.data.is_empty() {
        return Map::new(photo.height, photo.width, Vec::new());
    }
    let grey = grey.smoothed().smoothed();
    let (brighter, darker) = differences(&grey);
    let (brighter, darker) = (scaled(&brighter), scaled(&darker));
    let peak = brighter.iter().chain(&darker).copied().max().unwrap_or(0);
    let sum = |(on, off): (&u8, &u8)| {
        let sum = f32::from(u16::from(*on) + u16::from(*off));
        let level = if peak == 0 { 0.0 } else { 255.0 * f64::from(sum) / f64::from(f32::from(peak)) };
        // `as` limits to 255.
        (f64::from(level as u8) / 255.0) as f32
    };
    Map::new(photo.height, photo.width, brighter.iter().zip(&darker).map(sum).collect())
}

/// Sums over the surrounds of the positive and of the negative differences of each pixel, each cut to an integer.
fn differences(grey: &Grey) -> (Vec<u32>, Vec<u32>) {
    let (height, width) = (grey.height, grey.width);
    let integral = integral(grey);
    let mut sums = (vec![0u32; grey.data.len()], vec![0u32; grey.data.len()]);
    for reach in SURROUNDS {
        // The window begins `reach - 1` pixels before the pixel and ends `reach` after it.
        let span = |at: usize, side: usize| ((at + 1).saturating_sub(reach), (at + reach + 1).min(side));
        for y in 0..height {
            let (top, bottom) = span(y, height);
            for x in 0..width {
                let (left, right) = span(x, width);
                let corner = |y: usize, x: usize| integral[y * (width + 1) + x];
                let sum =
                    corner(bottom, right) + corner(top, left) - corner(bottom, left) - corner(top, right);
                let place = y * width + x;
                let level = grey.data[place];
                let others = (bottom - top) * (right - left) - 1;
                if others == 0 {
                    continue;
                }
                let mean = (sum - u64::from(level)) as f32 / others as f32;
                sums.0[place] += (f32::from(level) - mean).max(0.0) as u32;
                sums.1[place] += (mean - f32::from(level)).max(0.0) as u32;
            }
        }
    }
    sums
}

/// Sums of the levels above and to the left of every corner: `[height + 1, width + 1]`.
fn integral(grey: &Grey) -> Vec<u64> {
    let side = grey.width + 1;
    let mut sums = vec![0; side * (grey.height + 1)];
    for (y, row) in grey.data.chunks_exact(grey.width).enumerate() {
        let mut along = 0;
        for (x, level) in row.iter().enumerate() {
            along += u64::from(*level);
            sums[(y + 1) * side + x + 1] = sums[y * side + x + 1] + along;
        }
    }
    sums
}

/// Values scaled to a maximum of 255, cut to integers.
fn scaled(values: &[u32]) -> Vec<u8> {
    let peak = values.iter().copied().max().unwrap_or(0);
    let level = |value: &u32| match peak {
        0 => 0,
        _ => (255.0 * f64::from(*value as f32 / peak as f32)) as u8,
    };
    values.iter().map(level).collect()
}
