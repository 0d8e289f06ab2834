//! AMX tile instructions: a 32x32 block of sums in four tiles, two tiles of rows, two of filters.
//!
//! Tiles 0..4 hold the sums, 4 and 5 sixteen rows (pixels) each, 6 and 7 sixteen filters each. The
//! instructions are written as assembly because the intrinsics are not stable Rust.

use std::arch::asm;

use super::sizes::{BLOCK, TILE};

#[repr(C, align(64))]
struct Config {
    palette: u8,
    start_row: u8,
    reserved: [u8; 14],
    row_bytes: [u16; 16],
    rows: [u8; 16],
}

/// Configures the tiles for blocks of `rows` pixels in the first and in the second tile.
///
/// # Safety
/// The machine has AMX and the process may use it.
pub(super) unsafe fn configure(rows: [usize; 2]) {
    let [first, second] = rows.map(|rows| rows.clamp(1, TILE) as u8);
    let mut config =
        Config { palette: 1, start_row: 0, reserved: [0; 14], row_bytes: [0; 16], rows: [0; 16] };
    config.row_bytes[..8].fill(64);
    config.rows[..8].copy_from_slice(&[first, first, second, second, first, second, 16, 16]);
    // SAFETY: the caller guarantees AMX; the configuration is 64 valid bytes of palette 1.
    unsafe { asm!("ldtilecfg [{}]", in(reg) &raw const config, options(nostack)) };
}

/// Releases the tiles.
///
/// # Safety
/// The machine has AMX and the process may use it.
pub(super) unsafe fn release() {
    // SAFETY: the caller guarantees AMX.
    unsafe { asm!("tilerelease", options(nostack)) };
}

/// Sets the sums of a block to zero.
///
/// # Safety
/// The tiles are configured.
#[inline(always)]
pub(super) unsafe fn zero<const TWO: bool>() {
    // SAFETY: the caller configured the tiles.
    unsafe {
        asm!("tilezero tmm0", "tilezero tmm1", options(nostack, nomem));
        if TWO {
            asm!("tilezero tmm2", "tilezero tmm3", options(nostack, nomem));
        }
    }
}

/// Loads the sums of a block, 32 `f32` per row; the second tile's rows start at row `second`.
///
/// # Safety
/// The tiles are configured and `from` holds as many rows as they do.
#[inline(always)]
pub(super) unsafe fn load<const TWO: bool>(from: *const f32, second: usize) {
    // SAFETY: the caller configured the tiles and guarantees the rows.
    unsafe {
        asm!("tileloadd tmm0, [{p} + {s}*1]", "tileloadd tmm1, [{p} + {s}*1 + 64]",
            p = in(reg) from, s = in(reg) 128usize, options(nostack));
        if TWO {
            asm!("tileloadd tmm2, [{p} + {s}*1]", "tileloadd tmm3, [{p} + {s}*1 + 64]",
                p = in(reg) from.wrapping_add(second * BLOCK), s = in(reg) 128usize, options(nostack));
        }
    }
}

/// Stores the sums of a block, 32 `f32` per row; the second tile's rows start at row `second`.
///
/// # Safety
/// The tiles are configured and `to` has room for as many rows as they hold.
#[inline(always)]
pub(super) unsafe fn store<const TWO: bool>(to: *mut f32, second: usize) {
    // SAFETY: the caller configured the tiles and guarantees the rows.
    unsafe {
        asm!("tilestored [{p} + {s}*1], tmm0", "tilestored [{p} + {s}*1 + 64], tmm1",
            p = in(reg) to, s = in(reg) 128usize, options(nostack));
        if TWO {
            asm!("tilestored [{p} + {s}*1], tmm2", "tilestored [{p} + {s}*1 + 64], tmm3",
                p = in(reg) to.wrapping_add(second * BLOCK), s = in(reg) 128usize, options(nostack));
        }
    }
}

/// Adds the products of 32 inputs: the rows of either tile, `stride` bytes apart, and two packed tiles of
/// filters.
///
/// The operand that streams (the filters, or else the rows) is loaded with a hint to bypass the L1 cache,
/// where the other stays.
///
/// # Safety
/// The tiles are configured; as many rows of 64 bytes as they hold, and 2 KB of filters, are readable.
#[inline(always)]
pub(super) unsafe fn multiply<const TWO: bool, const FILTERS_STREAM: bool>(
    rows: [*const u8; 2],
    stride: usize,
    filters: *const u8,
) {
    macro_rules! product {
        ($rows:literal, $filters:literal) => {
            if TWO {
                asm!(
                    concat!($filters, " tmm6, [{f} + {fs}*1]"),
                    concat!($rows, " tmm4, [{a} + {s}*1]"),
                    concat!($filters, " tmm7, [{f} + {fs}*1 + 1024]"),
                    "tdpbf16ps tmm0, tmm4, tmm6",
                    concat!($rows, " tmm5, [{b} + {s}*1]"),
                    "tdpbf16ps tmm1, tmm4, tmm7",
                    "tdpbf16ps tmm2, tmm5, tmm6",
                    "tdpbf16ps tmm3, tmm5, tmm7",
                    a = in(reg) rows[0], b = in(reg) rows[1], s = in(reg) stride,
                    f = in(reg) filters, fs = in(reg) 64usize, options(nostack, readonly));
            } else {
                asm!(
                    concat!($filters, " tmm6, [{f} + {fs}*1]"),
                    concat!($rows, " tmm4, [{a} + {s}*1]"),
                    concat!($filters, " tmm7, [{f} + {fs}*1 + 1024]"),
                    "tdpbf16ps tmm0, tmm4, tmm6",
                    "tdpbf16ps tmm1, tmm4, tmm7",
                    a = in(reg) rows[0], s = in(reg) stride,
                    f = in(reg) filters, fs = in(reg) 64usize, options(nostack, readonly));
            }
        };
    }
    // SAFETY: the caller configured the tiles and guarantees the rows and the filters.
    unsafe {
        if FILTERS_STREAM {
            product!("tileloadd", "tileloaddt1");
        } else {
            product!("tileloaddt1", "tileloadd");
        }
    }
}

/// Adds the products of the rows and filters loaded by the last [`multiply`], `times` times, without memory
/// access.
///
/// # Safety
/// The tiles are configured.
#[inline(always)]
pub(super) unsafe fn multiply_again(times: usize) {
    for _ in 0..times {
        // SAFETY: the caller configured the tiles.
        unsafe {
            asm!(
                "tdpbf16ps tmm0, tmm4, tmm6",
                "tdpbf16ps tmm1, tmm4, tmm7",
                "tdpbf16ps tmm2, tmm5, tmm6",
                "tdpbf16ps tmm3, tmm5, tmm7",
                options(nostack, nomem)
            );
        }
    }
}
