//! What this machine's arithmetic can do at most: loops that touch no memory.

use std::hint::black_box;
use std::time::{Duration, Instant};

/// Dependent multiply-adds of every chain in one call.
const STEPS: usize = 1 << 16;

/// The most floating-point operations per second that all threads of the current pool reach together.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Peak {
    /// Operations per second, in 1e9; a multiply-add counts as two.
    pub gflops: f64,
    /// What the loop was made of.
    pub loop_of: &'static str,
    /// The instruction set: `portable`, `avx2` or `avx512`.
    pub isa: &'static str,
}

/// Measures the `f32` peak: independent fused multiply-adds in registers, on every thread of the pool at once, the
/// best of as many tries as fit into `time`.
pub fn peak_f32(time: Duration) -> Peak {
    let Loop { operations, run, loop_of, isa } = Loop::f32();
    Peak { gflops: best(time, operations, run), loop_of, isa }
}

/// The best rate of all threads together, in 1e9 operations per second.
fn best(time: Duration, operations: usize, run: fn() -> f32) -> f64 {
    let until = Instant::now() + time;
    let mut best = 0.0f64;
    loop {
        let started = Instant::now();
        // Every thread runs the loop a few times, so that starting them weighs little.
        let threads = rayon::broadcast(|_| [(); 4].map(|()| black_box(run()))).len();
        let done = (4 * threads * operations) as f64;
        best = best.max(done / started.elapsed().as_secs_f64() / 1e9);
        if Instant::now() >= until {
            return best;
        }
    }
}

/// A loop of arithmetic and what one call of it does.
struct Loop {
    operations: usize,
    run: fn() -> f32,
    loop_of: &'static str,
    isa: &'static str,
}

impl Loop {
    /// The loop for the best instructions of this machine.
    fn f32() -> Self {
        #[cfg(target_arch = "x86_64")]
        {
            let operations = |lanes: usize| STEPS * x86::CHAINS * lanes * 2;
            if is_x86_feature_detected!("avx512f") {
                let loop_of = "AVX-512 fused multiply-adds";
                return Self { operations: operations(16), run: x86::run_avx512, loop_of, isa: "avx512" };
            }
            if is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma") {
                let loop_of = "AVX2 fused multiply-adds";
                return Self { operations: operations(8), run: x86::run_avx2, loop_of, isa: "avx2" };
            }
        }
        let loop_of = "multiplications and additions of plain Rust";
        Self { operations: STEPS * LANES * 2, run: run_portable, loop_of, isa: "portable" }
    }
}

/// Numbers the portable loop works on at once: enough for four lanes and the latency of two operations.
const LANES: usize = 32;

fn run_portable() -> f32 {
    let (factor, mut sums) = (black_box(0.999f32), [black_box(1.0f32); LANES]);
    for _ in 0..STEPS {
        sums.iter_mut().for_each(|sum| *sum = *sum * factor + factor);
    }
    sums.iter().sum()
}

#[cfg(target_arch = "x86_64")]
#[expect(unsafe_code, reason = "instructions beyond the baseline are called where they were detected")]
mod x86 {
    use std::arch::x86_64::*;
    use std::hint::black_box;

    use super::STEPS;

    /// Independent chains: a multiply-add takes four cycles and two start in each, so at least eight.
    pub const CHAINS: usize = 12;

    pub fn run_avx512() -> f32 {
        // SAFETY: `Loop::f32` hands this function out only where AVX-512F was detected.
        unsafe { avx512() }
    }

    pub fn run_avx2() -> f32 {
        // SAFETY: `Loop::f32` hands this function out only where AVX2 and FMA were detected.
        unsafe { avx2() }
    }

    #[target_feature(enable = "avx512f")]
    fn avx512() -> f32 {
        let factor = _mm512_set1_ps(black_box(0.999));
        let mut sums = [_mm512_set1_ps(black_box(1.0)); CHAINS];
        for _ in 0..STEPS {
            sums.iter_mut().for_each(|sum| *sum = _mm512_fmadd_ps(*sum, factor, factor));
        }
        sums.iter().map(|sum| _mm512_reduce_add_ps(*sum)).sum()
    }

    #[target_feature(enable = "avx2,fma")]
    fn avx2() -> f32 {
        let factor = _mm256_set1_ps(black_box(0.999));
        let mut sums = [_mm256_set1_ps(black_box(1.0)); CHAINS];
        for _ in 0..STEPS {
            sums.iter_mut().for_each(|sum| *sum = _mm256_fmadd_ps(*sum, factor, factor));
        }
        sums.iter().map(|sum| _mm256_cvtss_f32(*sum)).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every step takes `x` to `0.999 (x + 1)`, whose fixed point is 999: all loops end there.
    #[test]
    fn every_loop_computes_what_it_says() {
        let mut loops: Vec<(fn() -> f32, usize)> = vec![(run_portable, LANES)];
        #[cfg(target_arch = "x86_64")]
        {
            if is_x86_feature_detected!("avx512f") {
                loops.push((x86::run_avx512, 16 * x86::CHAINS));
            }
            if is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma") {
                loops.push((x86::run_avx2, x86::CHAINS));
            }
        }
        for (run, sums) in loops {
            assert!((run() / sums as f32 - 999.0).abs() < 0.1);
        }
    }
}
