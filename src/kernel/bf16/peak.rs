//! Peak throughput of the instructions that multiply bf16, computed on registers only.

use super::unit::Bf16Unit;

/// Multiplies registers `times` times on the calling thread. Returns the number of operations, a multiply-add counted as
/// two; 0 on a machine without `unit`.
pub(crate) fn multiply_bf16(unit: Bf16Unit, times: usize) -> usize {
    if !unit.is_available() {
        return 0;
    }
    #[cfg(target_arch = "x86_64")]
    // SAFETY: the unit is available.
    unsafe {
        match unit {
            Bf16Unit::Tiles => multiply_tiles(times),
            Bf16Unit::Pairs => multiply_pairs(times),
        }
    }
    #[cfg(not(target_arch = "x86_64"))]
    {
        let _ = times;
        0
    }
}

/// # Safety
/// The machine has AMX.
#[cfg(target_arch = "x86_64")]
unsafe fn multiply_tiles(times: usize) -> usize {
    use super::sizes::{BLOCK, STEP, TILE};
    use super::tiles;
    // Small numbers, used as rows and as filters: two tiles of 1 KB each.
    let operands = [0x3c00u16; 2 * TILE * STEP];
    let bytes: *const u8 = operands.as_ptr().cast();
    // SAFETY: AMX is available; 16 rows of 64 bytes follow either pointer, and 2 KB of filters.
    unsafe {
        tiles::configure([TILE; 2]);
        tiles::zero::<true>();
        tiles::multiply::<true, true>([bytes, bytes.add(TILE * 2 * STEP)], 2 * STEP, bytes);
        tiles::multiply_again(times);
        tiles::release();
    }
    2 * (times + 1) * BLOCK * BLOCK * STEP
}

/// # Safety
/// The machine has AVX-512 with bf16.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f,avx512bf16")]
unsafe fn multiply_pairs(times: usize) -> usize {
    use std::arch::x86_64::*;
    use std::hint::black_box;
    /// Independent chains, more than the latency of a product hides.
    const CHAINS: usize = 16;
    // Two numbers of 2^-7 in every lane.
    let factor = black_box(_mm512_set1_epi32(0x3c00_3c00));
    // SAFETY: any bits are numbers.
    let factor = unsafe { std::mem::transmute::<__m512i, __m512bh>(factor) };
    let mut sums = [black_box(_mm512_setzero_ps()); CHAINS];
    for _ in 0..times {
        sums.iter_mut().for_each(|sum| *sum = _mm512_dpbf16_ps(*sum, factor, factor));
    }
    black_box(sums);
    times * CHAINS * 16 * 4
}
