use std::ops::Range;

use super::{Affine, read, rows, rows_per_task, write};
use crate::error::check_length;
use crate::lanes::Lanes;
use crate::raw::Shared;
use crate::team::spread;
use crate::vectorised::{Vectorised, vectorised};
use crate::{Isa, KernelError, OutputRange};

/// One of the activations that are joined.
#[derive(Clone, Copy, Debug)]
pub struct ConcatPart<'a> {
    /// `[pixels, channels]`.
    pub values: &'a [f32],
    /// Channels.
    pub channels: usize,
}

/// Joins activations along the channels, and applies `limit(scale * x + shift)` to the result if there is an `affine`, all
/// in one pass over memory; the output is `[pixels, sum of the channels]`.
///
/// # Errors
/// Buffers whose lengths do not fit each other.
pub fn concat_channels(
    parts: &[ConcatPart<'_>],
    affine: Option<Affine<'_>>,
    range: OutputRange,
    output: &mut [f32],
) -> Result<(), KernelError> {
    let channels = parts.iter().map(|part| part.channels).sum();
    let pixels = rows("the output", output.len(), channels)?;
    if let Some(affine) = &affine {
        affine.check(channels)?;
    }
    for part in parts {
        check_length("an operand", part.values.len(), pixels * part.channels)?;
    }
    let isa = Isa::current();
    let step = rows_per_task(channels);
    let out = Shared::new(output);
    spread(pixels.div_ceil(step), &|task| {
        let pixels = task * step..((task + 1) * step).min(pixels);
        vectorised(isa, JoinedPixels { parts, affine, range, pixels, channels, out: &out });
    });
    Ok(())
}

/// Some pixels of the output.
struct JoinedPixels<'a> {
    parts: &'a [ConcatPart<'a>],
    affine: Option<Affine<'a>>,
    range: OutputRange,
    pixels: Range<usize>,
    channels: usize,
    out: &'a Shared<'a>,
}

impl Vectorised for JoinedPixels<'_> {
    type Output = ();

    #[inline(always)]
    unsafe fn run<L: Lanes>(self) {
        for pixel in self.pixels.clone() {
            let mut before = 0;
            for part in self.parts {
                let from = part.values[pixel * part.channels..][..part.channels].as_ptr();
                for channel in (0..part.channels).step_by(L::WIDTH) {
                    let count = (part.channels - channel).min(L::WIDTH);
                    let place = before + channel;
                    // SAFETY: lengths were checked; every pixel is written by one task.
                    unsafe {
                        let mut value: L = read(from.add(channel), count);
                        if let Some(affine) = &self.affine {
                            value = affine.at(value, place, count);
                        }
                        let to = self.out.at(pixel * self.channels + place);
                        write(self.range.limit_lanes(value), to, count);
                    }
                }
                before += part.channels;
            }
        }
    }
}
