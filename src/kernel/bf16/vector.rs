//! Plain loops compiled for wide vectors.

/// Runs `work` compiled for AVX-512 with 16-bit lanes if the machine has AMX; the results are the same on all
/// machines.
///
/// Functions that `work` calls must be inlined to benefit.
#[inline(always)]
pub(super) fn vectorised<R>(work: impl FnOnce() -> R) -> R {
    #[cfg(target_arch = "x86_64")]
    {
        #[target_feature(enable = "avx512f,avx512bw,avx512vl")]
        fn wide<R>(work: impl FnOnce() -> R) -> R {
            work()
        }
        if super::available() {
            // SAFETY: the detection of AMX includes the features that the function is compiled for.
            return unsafe { wide(work) };
        }
    }
    work()
}
