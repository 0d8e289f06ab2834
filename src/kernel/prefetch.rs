//! Software prefetching where the hardware prefetcher would be late.
//!
//! Done between the register tiles, never inside: there it would take registers from the sums.

/// Numbers per cache line.
const LINE: usize = 16;

/// Prefetches `len` numbers from `start` on, to read. Any address is allowed: nothing is accessed.
#[inline]
pub(super) fn read(start: *const f32, len: usize) {
    for line in 0..len.div_ceil(LINE) {
        line_to_read(start.wrapping_add(line * LINE));
    }
}

/// Prefetches `rows` runs of `columns` numbers, `stride` apart, to write.
#[inline]
pub(super) fn write(start: *const f32, rows: usize, columns: usize, stride: usize) {
    for row in 0..rows {
        for line in 0..columns.div_ceil(LINE) {
            line_to_write(start.wrapping_add(row * stride + line * LINE));
        }
    }
}

#[cfg(target_arch = "x86_64")]
#[inline(always)]
fn line_to_read(at: *const f32) {
    use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
    // SAFETY: a prefetch is a hint, valid for any address, on every x86-64.
    unsafe { _mm_prefetch::<_MM_HINT_T0>(at.cast()) }
}

#[cfg(target_arch = "x86_64")]
#[inline(always)]
fn line_to_write(at: *const f32) {
    use std::arch::x86_64::{_MM_HINT_ET0, _mm_prefetch};
    // SAFETY: a prefetch is a hint, valid for any address; a machine without it does nothing.
    unsafe { _mm_prefetch::<_MM_HINT_ET0>(at.cast()) }
}

#[cfg(not(target_arch = "x86_64"))]
fn line_to_read(_at: *const f32) {}

#[cfg(not(target_arch = "x86_64"))]
fn line_to_write(_at: *const f32) {}
