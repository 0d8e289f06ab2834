//! Products by AVX-512 instructions that multiply pairs of bf16 (`vdpbf16ps`), in the layout of the tiles: 16 filters
//! are the lanes of a register, a pair of inputs is broadcast to all of them.

use std::arch::x86_64::*;
use std::ops::Range;

use super::sizes::{BLOCK, STEP, STEP_LEN, TILE};
use super::walk::BlockWalk;
use super::windows::WindowBlock;

/// Rows (pixels) whose sums stay in registers together: two registers of sums each, beside two of filters and one of
/// inputs.
const GROUP: usize = 8;

/// Sums `steps` of one block: rows `stride` bytes apart from `at`, times one panel of `filters` from the first step on.
/// The sums continue those in `sums`, or start at zero.
///
/// `step` is called once per step, with the first group of rows.
///
/// # Safety
/// The machine has AVX-512 with bf16, the rows and `steps` of the panel are readable, and `sums` holds as many rows of 32.
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512bf16")]
pub(super) unsafe fn sum(
    walk: &BlockWalk,
    block: &WindowBlock,
    filters: *const u8,
    steps: Range<usize>,
    sums: *mut f32,
    resume: Option<*const f32>,
    mut step: impl FnMut(),
) {
    let mut first = true;
    let mut row = 0;
    for (at, count) in block.at.into_iter().zip(block.rows) {
        let groups = count.div_ceil(GROUP);
        for group in 0..groups {
            let (start, end) = (count * group / groups, count * (group + 1) / groups);
            let at = at.wrapping_add(start * walk.stride);
            let to = sums.wrapping_add((row + start) * BLOCK);
            let from = resume.map(|from| from.wrapping_add((row + start) * BLOCK));
            macro_rules! of {
                ($($count:literal),*) => {
                    match end - start {
                        // SAFETY: passed on from the caller.
                        $($count => unsafe { rows_of::<$count>(walk, at, filters, steps.clone(), to, from) },)*
                        _ => unreachable!("a group has at most {GROUP} rows"),
                    }
                };
            }
            of!(1, 2, 3, 4, 5, 6, 7, 8);
            if first {
                steps.clone().for_each(|_| step());
                first = false;
            }
        }
        row += count;
    }
}

#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512bf16")]
unsafe fn rows_of<const ROWS: usize>(
    walk: &BlockWalk,
    at: *const u8,
    mut filters: *const u8,
    steps: Range<usize>,
    to: *mut f32,
    from: Option<*const f32>,
) {
    let mut sums = [[_mm512_setzero_ps(); 2]; ROWS];
    // SAFETY: the caller guarantees the rows, the filters and the sums.
    unsafe {
        if let Some(from) = from {
            for (row, sums) in sums.iter_mut().enumerate() {
                *sums =
                    [_mm512_loadu_ps(from.add(row * BLOCK)), _mm512_loadu_ps(from.add(row * BLOCK + TILE))];
            }
        }
        let BlockWalk { stride, pace, run_steps, ref runs } = *walk;
        let mut step = steps.start;
        let (mut run, mut skip) = if step == 0 { (0, 0) } else { (step / run_steps, step % run_steps) };
        while step < steps.end {
            let count = (run_steps - skip).min(steps.end - step);
            let start = at.wrapping_add(runs[run] + skip * pace);
            let mut inputs: [*const u8; ROWS] = std::array::from_fn(|row| start.wrapping_add(row * stride));
            for _ in 0..count {
                for pair in 0..STEP / 2 {
                    let of = |tile: usize| {
                        let at = filters.add(tile * STEP_LEN + pair * 64);
                        std::mem::transmute::<__m512i, __m512bh>(_mm512_loadu_si512(at.cast()))
                    };
                    let filters = [of(0), of(1)];
                    for (inputs, sums) in inputs.iter().zip(&mut sums) {
                        let input = _mm512_set1_epi32(inputs.add(pair * 4).cast::<i32>().read_unaligned());
                        let input = std::mem::transmute::<__m512i, __m512bh>(input);
                        sums[0] = _mm512_dpbf16_ps(sums[0], input, filters[0]);
                        sums[1] = _mm512_dpbf16_ps(sums[1], input, filters[1]);
                    }
                }
                inputs.iter_mut().for_each(|at| *at = at.wrapping_add(pace));
                filters = filters.wrapping_add(STEP_LEN * 2);
            }
            (step, run, skip) = (step + count, run + 1, 0);
        }
        for (row, sums) in sums.iter().enumerate() {
            _mm512_storeu_ps(to.add(row * BLOCK), sums[0]);
            _mm512_storeu_ps(to.add(row * BLOCK + TILE), sums[1]);
        }
    }
}
