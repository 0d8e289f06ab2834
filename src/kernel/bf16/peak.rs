//! The tile unit at work on nothing but registers.

#[cfg(target_arch = "x86_64")]
use super::sizes::TILE;
use super::sizes::{BLOCK, STEP};
use super::tiles;

/// Multiplies a block of tiles `times` over, on the calling thread. Returns the operations made, a multiply-add counted
/// as two; none on a machine without AMX.
pub(crate) fn multiply_tiles(times: usize) -> usize {
    if !super::available() {
        return 0;
    }
    #[cfg(target_arch = "x86_64")]
    {
        // Rows and filters of small numbers: two tiles of 1 KB each.
        let operands = [0x3c00u16; 2 * TILE * STEP];
        let bytes: *const u8 = operands.as_ptr().cast();
        // SAFETY: AMX is there; 16 rows of 64 bytes lie behind either pointer, and 2 KB of filters.
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
