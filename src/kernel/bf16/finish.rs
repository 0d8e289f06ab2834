//! Conversion of a block's sums to outputs: bias, residual, range and one rounding, a few rows at a time.

use std::arch::x86_64::*;

use super::product::Style;
use super::sizes::BLOCK;

/// Output location of one block.
#[derive(Clone, Copy)]
pub(super) struct Target {
    /// First output of the block, `bf16` or `f32`.
    pub out: *mut u8,
    /// First residual of the block, in the output's layout; ignored without `RESIDUAL`.
    pub residual: *const u8,
    /// Biases of the panel's 32 filters.
    pub bias: *const f32,
    /// Bit mask of the panel's filters that exist.
    pub mask: u32,
}

/// Rows of sums that are still to be converted to outputs.
#[derive(Clone, Copy)]
pub(super) struct Finish {
    target: Target,
    rows: usize,
}

impl Finish {
    /// No rows.
    pub const NONE: Self = {
        let (out, residual, bias) = (std::ptr::null_mut(), std::ptr::null(), NO_BIAS.as_ptr());
        Self { target: Target { out, residual, bias, mask: 0 }, rows: 0 }
    };

    /// A block whose sums were just stored.
    #[inline(always)]
    pub fn new(target: Target, rows: usize) -> Self {
        Self { target, rows }
    }
}

static NO_BIAS: [f32; BLOCK] = [0.0; BLOCK];

/// A `Finish` in progress, held in registers while the tile unit sums the next block.
pub(super) struct Finisher<'a, const RESIDUAL: bool, const WIDE: bool> {
    sums: *const f32,
    order: &'a [u8; BLOCK],
    out: *mut u8,
    residual: *const u8,
    /// Bytes from one pixel's outputs to the next.
    pitch: usize,
    bias: [__m512; 2],
    /// Least and largest output.
    range: [__m512; 2],
    mask: u32,
    next: usize,
    rows: usize,
}

impl<'a, const RESIDUAL: bool, const WIDE: bool> Finisher<'a, RESIDUAL, WIDE> {
    /// Prepares the conversion of `finish`.
    ///
    /// # Safety
    /// The pointers of `finish` are valid for its rows, and the machine has AVX-512.
    #[inline]
    #[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512bf16")]
    pub unsafe fn new(finish: Finish, style: Style, sums: *const f32, order: &'a [u8; BLOCK]) -> Self {
        let Target { out, residual, bias, mask } = finish.target;
        // SAFETY: a panel has 32 biases.
        let bias = unsafe { [_mm512_loadu_ps(bias), _mm512_loadu_ps(bias.add(16))] };
        let pitch = style.pitch * if WIDE { 4 } else { 2 };
        let range = [_mm512_set1_ps(style.range.low), _mm512_set1_ps(style.range.high)];
        Self { sums, order, out, residual, pitch, bias, range, mask, next: 0, rows: finish.rows }
    }

    /// Converts up to `count` more rows to outputs.
    ///
    /// # Safety
    /// As for `new`; the sums are those of the block, and the machine has AVX-512 with bf16.
    #[inline]
    #[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512bf16")]
    pub unsafe fn advance(&mut self, count: usize) {
        let end = (self.next + count).min(self.rows);
        while self.next < end {
            // SAFETY: the caller guarantees the pointers; masked lanes are not touched.
            unsafe {
                let sums = self.sums.add(*self.order.get_unchecked(self.next) as usize * 32);
                let mut low = _mm512_add_ps(_mm512_load_ps(sums), self.bias[0]);
                let mut high = _mm512_add_ps(_mm512_load_ps(sums.add(16)), self.bias[1]);
                if RESIDUAL {
                    let line = _mm512_maskz_loadu_epi16(self.mask, self.residual.cast());
                    low = _mm512_add_ps(low, widen(_mm512_castsi512_si256(line)));
                    high = _mm512_add_ps(high, widen(_mm512_extracti64x4_epi64::<1>(line)));
                    self.residual = self.residual.wrapping_add(self.pitch);
                }
                // `max` and `min` return their second operand if one is NaN, so NaN is kept.
                low = _mm512_min_ps(self.range[1], _mm512_max_ps(self.range[0], low));
                high = _mm512_min_ps(self.range[1], _mm512_max_ps(self.range[0], high));
                if WIDE {
                    _mm512_mask_storeu_ps(self.out.cast(), self.mask as u16, low);
                    _mm512_mask_storeu_ps(self.out.add(64).cast(), (self.mask >> 16) as u16, high);
                } else {
                    let line = std::mem::transmute::<__m512bh, __m512i>(_mm512_cvtne2ps_pbh(high, low));
                    _mm512_mask_storeu_epi16(self.out.cast(), self.mask, line);
                }
                self.out = self.out.wrapping_add(self.pitch);
            }
            self.next += 1;
        }
    }
}

/// Converts `bf16` to `f32`: the bits move up by sixteen.
#[inline]
#[target_feature(enable = "avx512f")]
fn widen(values: __m256i) -> __m512 {
    _mm512_castsi512_ps(_mm512_slli_epi32::<16>(_mm512_cvtepu16_epi32(values)))
}
