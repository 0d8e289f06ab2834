//! Peak throughput of the tile unit, computed on registers only.

#[cfg(target_arch = "x86_64")]
use super::sizes::TILE;
use super::sizes::{BLOCK, STEP};
use super::tiles;

/// Multiplies a block of tiles `times` times on the calling thread. Returns the number of operations, a
/// multiply-add counted as two; 0 on a machine without AMX.
pub(crate) fn multiply_tiles(times: usize) -> usize {
    if !super::available() {
        return 0;
    }
    #[cfg(target_arch = "x86_64")]
    {
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
    }
    2 * (times + 1) * BLOCK * BLOCK * STEP
}
