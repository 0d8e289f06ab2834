//! Code written once over [`Lanes`], compiled for every instruction set.

use super::Isa;
use super::lanes::{Lanes, Portable};

/// A computation over vectors of any width.
pub(super) trait Vectorised {
    /// Type of the result.
    type Output;

    /// Runs the computation. Implementations are `#[inline(always)]`, so that the body is compiled for the
    /// instructions of `L`.
    ///
    /// # Safety
    /// The machine has the instructions of `L`.
    unsafe fn run<L: Lanes>(self) -> Self::Output;
}

/// Runs `work` with the instructions of `isa`, which must be available on this machine ([`Isa::current`]).
#[inline]
pub(super) fn vectorised<V: Vectorised>(isa: Isa, work: V) -> V::Output {
    #[cfg(target_arch = "x86_64")]
    #[target_feature(enable = "avx512f")]
    unsafe fn avx512<V: Vectorised>(work: V) -> V::Output {
        // SAFETY: as the caller.
        unsafe { work.run::<super::lanes::Avx512>() }
    }
    #[cfg(target_arch = "x86_64")]
    #[target_feature(enable = "avx2,fma")]
    unsafe fn avx2<V: Vectorised>(work: V) -> V::Output {
        // SAFETY: as the caller.
        unsafe { work.run::<super::lanes::Avx2>() }
    }
    debug_assert!(isa.is_available());
    match isa {
        // SAFETY: the machine has `isa`; portable Rust needs nothing.
        #[cfg(target_arch = "x86_64")]
        Isa::Avx512 => unsafe { avx512(work) },
        #[cfg(target_arch = "x86_64")]
        Isa::Avx2 => unsafe { avx2(work) },
        _ => unsafe { work.run::<Portable>() },
    }
}

/// Runs `work`, portable Rust, compiled for the instructions of `isa`, so that the compiler vectorises it for
/// them.
#[inline]
pub(super) fn compiled_for<R>(isa: Isa, work: impl FnOnce() -> R) -> R {
    struct Plain<F>(F);
    impl<R, F: FnOnce() -> R> Vectorised for Plain<F> {
        type Output = R;
        #[inline(always)]
        unsafe fn run<L: Lanes>(self) -> R {
            (self.0)()
        }
    }
    vectorised(isa, Plain(work))
}
