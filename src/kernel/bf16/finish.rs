//! From the sums of a block to outputs: bias, residual, ReLU and one rounding, a few rows at a time.

#![allow(unsafe_code)]

use std::arch::x86_64::*;

use super::tiles::BLOCK;

/// The outputs of one block.
#[derive(Clone, Copy)]
pub(super) struct Target {
    /// First output of the block, `bf16` or `f32`.
    pub out: *mut u8,
    /// First residual of the block, of the output's layout; ignored unless asked for.
    pub residual: *const u8,
    /// The bias of the panel's filters, 32 of them.
    pub bias: *const f32,
    /// Filters of the panel that exist, one bit each.
    pub mask: u32,
}

/// How the outputs of one call are written.
#[derive(Clone, Copy)]
pub(super) struct Style {
    /// Outputs between one pixel and the next.
    pub pitch: usize,
    /// Lower bound of an output: zero for ReLU, minus infinity without.
    pub floor: f32,
    /// Writes `f32` and does not round.
    pub wide: bool,
}

/// Rows of sums that still have to become outputs.
pub(super) struct Finish {
    pub style: Style,
    pub target: Target,
    pub sums: *const f32,
    /// Where the sums of every pixel lie.
    pub order: [u8; BLOCK],
    pub next: usize,
    pub rows: usize,
}

impl Finish {
    /// Nothing to do yet.
    pub fn new(style: Style, sums: *const f32, order: [u8; BLOCK]) -> Self {
        let (out, residual, bias) = (std::ptr::null_mut(), std::ptr::null(), std::ptr::null());
        Self { style, target: Target { out, residual, bias, mask: 0 }, sums, order, next: 0, rows: 0 }
    }

    /// Takes the next block, whose sums were just stored.
    #[inline(always)]
    pub fn begin(&mut self, target: Target, rows: usize) {
        (self.target, self.next, self.rows) = (target, 0, rows);
    }

    /// Turns up to `count` more rows into outputs.
    ///
    /// # Safety
    /// The pointers handed to `begin` are valid for its rows, the sums are those of the block, and the machine
    /// has AVX-512 with bf16.
    #[inline]
    #[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512bf16")]
    pub unsafe fn advance<const RESIDUAL: bool>(&mut self, count: usize) {
        let end = (self.next + count).min(self.rows);
        while self.next < end {
            // SAFETY: passed on from the caller.
            unsafe { if self.style.wide { self.wide(self.next) } else { self.narrow::<RESIDUAL>(self.next) } };
            self.next += 1;
        }
    }

    #[inline]
    #[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512bf16")]
    unsafe fn narrow<const RESIDUAL: bool>(&self, row: usize) {
        // SAFETY: the caller vouches for the pointers; masked lanes are not touched.
        unsafe {
            let Target { out, residual, bias, mask } = self.target;
            let floor = _mm512_set1_ps(self.style.floor);
            let sums = self.sums.add(self.order[row] as usize * 32);
            let at = row * self.style.pitch * 2;
            let mut low = _mm512_add_ps(_mm512_load_ps(sums), _mm512_loadu_ps(bias));
            let mut high = _mm512_add_ps(_mm512_load_ps(sums.add(16)), _mm512_loadu_ps(bias.add(16)));
            if RESIDUAL {
                let line = _mm512_maskz_loadu_epi16(mask, residual.add(at).cast());
                low = _mm512_add_ps(low, widen(_mm512_castsi512_si256(line)));
                high = _mm512_add_ps(high, widen(_mm512_extracti64x4_epi64::<1>(line)));
            }
            // A NaN is the second operand's, and stays one.
            low = _mm512_max_ps(floor, low);
            high = _mm512_max_ps(floor, high);
            let line = std::mem::transmute::<__m512bh, __m512i>(_mm512_cvtne2ps_pbh(high, low));
            _mm512_mask_storeu_epi16(out.add(at).cast(), mask, line);
        }
    }

    #[inline(never)]
    #[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512bf16")]
    unsafe fn wide(&self, row: usize) {
        // SAFETY: the caller vouches for the pointers; masked lanes are not touched.
        unsafe {
            let Target { out, bias, mask, .. } = self.target;
            let floor = _mm512_set1_ps(self.style.floor);
            let sums = self.sums.add(self.order[row] as usize * 32);
            for half in [0, 16] {
                let sum = _mm512_add_ps(_mm512_load_ps(sums.add(half)), _mm512_loadu_ps(bias.add(half)));
                let to = out.add((row * self.style.pitch + half) * 4);
                _mm512_mask_storeu_ps(to.cast(), (mask >> half) as u16, _mm512_max_ps(floor, sum));
            }
        }
    }
}

/// `bf16` to `f32`: the bits move up by sixteen.
#[inline]
#[target_feature(enable = "avx512f")]
fn widen(values: __m256i) -> __m512 {
    _mm512_castsi512_ps(_mm512_slli_epi32::<16>(_mm512_cvtepu16_epi32(values)))
}
