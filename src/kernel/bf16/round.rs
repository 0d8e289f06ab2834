//! Conversions between `f32` and bf16.

use half::bf16;

use super::vector::vectorised;
use crate::KernelError;
use crate::error::check_length;
use crate::team::spread_chunks;

/// Numbers per task.
const CHUNK: usize = 1 << 14;

/// Rounds to the nearest bf16 numbers, ties to even, NaN to a quiet NaN, as [`bf16::from_f32`] does.
///
/// # Errors
/// Buffers of different lengths.
pub fn round_to_bf16(from: &[f32], to: &mut [bf16]) -> Result<(), KernelError> {
    check_length("the rounded numbers", to.len(), from.len())?;
    spread_chunks(to, CHUNK, &|chunk, to: &mut [bf16]| {
        round(&from[chunk * CHUNK..][..to.len()], to);
    });
    Ok(())
}

/// The same for slices of one length, on the calling thread.
pub(super) fn round(from: &[f32], to: &mut [bf16]) {
    vectorised(
        #[inline(always)]
        || {
            for (to, from) in to.iter_mut().zip(from) {
                let bits = from.to_bits();
                let rounded = bits.wrapping_add(0x7fff + (bits >> 16 & 1)) >> 16;
                let quiet = bits >> 16 | 0x40;
                let nan = bits & 0x7fff_ffff > 0x7f80_0000;
                *to = bf16::from_bits(if nan { quiet } else { rounded } as u16);
            }
        },
    );
}

/// Converts bf16 numbers to `f32`, exactly.
///
/// # Errors
/// Buffers of different lengths.
pub fn widen_bf16(from: &[bf16], to: &mut [f32]) -> Result<(), KernelError> {
    check_length("the widened numbers", to.len(), from.len())?;
    spread_chunks(to, CHUNK, &|chunk, to: &mut [f32]| {
        widen(&from[chunk * CHUNK..][..to.len()], to);
    });
    Ok(())
}

/// The same for slices of one length, on the calling thread.
pub(super) fn widen(from: &[bf16], to: &mut [f32]) {
    vectorised(
        #[inline(always)]
        || {
            for (to, from) in to.iter_mut().zip(from) {
                *to = f32::from_bits(u32::from(from.to_bits()) << 16);
            }
        },
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_number_rounds_as_the_half_crate_rounds_it() {
        // Every upper half with lower halves around the ties; includes subnormals, infinities and NaNs.
        let lower = [0u32, 1, 0x7fff, 0x8000, 0x8001, 0xffff];
        let from: Vec<f32> = (0..=0xffffu32)
            .flat_map(|upper| lower.map(|lower| f32::from_bits(upper << 16 | lower)))
            .collect();
        let mut to = vec![bf16::ZERO; from.len()];
        round_to_bf16(&from, &mut to).unwrap();
        for (from, to) in from.iter().zip(&to) {
            assert_eq!(to.to_bits(), bf16::from_f32(*from).to_bits(), "{:x}", from.to_bits());
        }
        let mut back = vec![0.0; to.len()];
        widen_bf16(&to, &mut back).unwrap();
        for (wide, to) in back.iter().zip(&to) {
            assert_eq!(wide.to_bits(), u32::from(to.to_bits()) << 16);
        }
        assert!(round_to_bf16(&from[1..], &mut to).is_err() && widen_bf16(&to[1..], &mut back).is_err());
    }
}
