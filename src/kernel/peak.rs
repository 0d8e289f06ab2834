//! Peak arithmetic throughput of this machine, measured by loops without memory access.

use std::hint::black_box;
use std::time::{Duration, Instant};

use super::lanes::Lanes;
use super::vectorised::{Vectorised, vectorised};
use super::{Isa, KernelError, bf16};

/// Dependent multiply-adds per chain and call.
const STEPS: usize = 1 << 16;
/// Independent chains: a multiply-add takes four cycles and two may start in each, so at least eight are
/// needed.
const CHAINS: usize = 12;
/// Calls per thread between two readings of the clock, so that the cost of starting threads is small.
const CALLS: usize = 4;

/// Highest floating-point rate that all threads of the current pool reach together.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Peak {
    /// Operations per second, in 1e9; a multiply-add counts as two.
    pub gflops: f64,
    /// Description of the measured loop.
    pub loop_of: &'static str,
}

/// Measures the `f32` peak of the kernels' instruction set: independent multiply-adds in registers, on every thread
/// of the current pool at once, the best of as many tries as fit into `time`.
pub fn peak_f32(time: Duration) -> Peak {
    let isa = Isa::current();
    let loop_of = match isa {
        Isa::Portable => "multiply-adds of plain Rust",
        Isa::Avx2 => "AVX2 multiply-adds",
        Isa::Avx512 => "AVX-512 multiply-adds",
    };
    Peak { gflops: best(time, || vectorised(isa, MultiplyAdds).operations), loop_of }
}

/// Like [`peak_f32`] in bf16: products of tiles or of pairs.
///
/// # Errors
/// A machine without bf16 instructions.
pub fn peak_bf16(time: Duration) -> Result<Peak, KernelError> {
    let unit = bf16::Bf16Unit::current().ok_or(KernelError::NoBf16)?;
    let loop_of = match unit {
        bf16::Bf16Unit::Tiles => "AMX tile products",
        bf16::Bf16Unit::Pairs => "AVX-512 products of bf16 pairs",
    };
    Ok(Peak { gflops: best(time, || bf16::multiply_bf16(unit, STEPS)), loop_of })
}

/// The best rate of all threads together, in 1e9 operations per second. `call` returns its number of
/// operations.
fn best(time: Duration, call: impl Fn() -> usize + Sync) -> f64 {
    let until = Instant::now() + time;
    let mut best = 0.0f64;
    loop {
        let started = Instant::now();
        let done = rayon::broadcast(|_| (0..CALLS).map(|_| call()).sum::<usize>());
        let done: usize = done.iter().sum();
        best = best.max(done as f64 / started.elapsed().as_secs_f64() / 1e9);
        if Instant::now() >= until {
            return best;
        }
    }
}

/// Chains of `x = x * factor + factor`.
struct MultiplyAdds;

/// Result of a call.
struct Done {
    operations: usize,
    /// One lane of every chain.
    #[cfg_attr(not(test), expect(dead_code, reason = "what the loops compute is looked at by a test"))]
    results: [f32; CHAINS],
}

impl Vectorised for MultiplyAdds {
    type Output = Done;

    #[inline(always)]
    unsafe fn run<L: Lanes>(self) -> Done {
        // SAFETY: the caller guarantees the instructions of `L`; `store_first` writes the one number it is
        // given.
        unsafe {
            let factor = L::splat(black_box(0.999));
            let mut sums = [L::splat(black_box(1.0)); CHAINS];
            for _ in 0..STEPS {
                sums.iter_mut().for_each(|sum| *sum = sum.mul_add(factor, factor));
            }
            let lane = |sum: L| {
                let mut lane = 0.0;
                sum.store_first(&mut lane, 1);
                lane
            };
            Done { operations: 2 * STEPS * CHAINS * L::WIDTH, results: black_box(sums.map(lane)) }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every step maps `x` to `0.999 (x + 1)`, whose fixed point is 999: all chains converge to it.
    #[test]
    fn every_loop_computes_what_it_says() {
        for isa in Isa::ALL.into_iter().filter(|isa| isa.is_available()) {
            for result in vectorised(isa, MultiplyAdds).results {
                assert!((result - 999.0).abs() < 0.1, "{isa:?}: {result}");
            }
        }
    }
}
