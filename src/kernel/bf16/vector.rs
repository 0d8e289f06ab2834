//! Plain loops compiled for wide vectors.

/// Runs `work` compiled for AVX-512 with 16-bit lanes on a machine with AMX; the results are the same anywhere.
///
/// What `work` calls must be inlined into it to gain by it.
#[inline(always)]
pub(super) fn vectorised<R>(work: impl FnOnce() -> R) -> R {
    #[cfg(target_arch = "x86_64")]
    {
        #[target_feature(enable = "avx512f,avx512bw,avx512vl")]
        fn wide<R>(work: impl FnOnce() -> R) -> R {
            work()
        }
        if super::available() {
            // SAFETY: a machine with AMX here has what the function is compiled for.
            return unsafe { wide(work) };
        }
    }
    work()
}
