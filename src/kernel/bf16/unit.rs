//! The instructions that multiply bf16 on this machine.

use std::sync::OnceLock;

/// Instructions that multiply bf16 and sum in `f32`. Their sums differ in rounding, so results of one are not compared
/// bit by bit with results of the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Bf16Unit {
    /// AMX tiles, under Linux.
    Tiles,
    /// AVX-512 products of pairs (`vdpbf16ps`), on AMD's processors: twice the rate of `f32`. Intel's with AVX-512 but no
    /// AMX multiply pairs no faster than `f32`, for which the convolutions have better algorithms.
    Pairs,
}

impl Bf16Unit {
    /// Both, the faster first.
    pub const ALL: [Self; 2] = [Self::Tiles, Self::Pairs];

    /// The instructions that the bf16 kernels use; `None` if the machine has none that pay. Checked once per process.
    pub fn current() -> Option<Self> {
        #[cfg(test)]
        if let Some(unit) = FORCED.get() {
            return Some(unit);
        }
        static CURRENT: OnceLock<Option<Bf16Unit>> = OnceLock::new();
        *CURRENT.get_or_init(|| {
            Self::ALL.into_iter().find(|unit| match unit {
                Self::Tiles => unit.is_available(),
                Self::Pairs => unit.is_available() && amd(),
            })
        })
    }

    /// True if this machine (by CPUID) has the instructions, and the system lets this process use them.
    pub fn is_available(self) -> bool {
        match self {
            Self::Tiles => vectors() && tiles(),
            Self::Pairs => vectors(),
        }
    }

    /// Its name where instructions are recorded.
    pub fn name(self) -> &'static str {
        match self {
            Self::Tiles => "amx-bf16",
            Self::Pairs => "avx512-bf16",
        }
    }
}

#[cfg(test)]
thread_local! {
    static FORCED: std::cell::Cell<Option<Bf16Unit>> = const { std::cell::Cell::new(None) };
}

/// Runs `work` with [`Bf16Unit::current`] forced to `unit` on this thread: kernels read it once, on the calling thread.
#[cfg(test)]
pub(super) fn with_unit<R>(unit: Bf16Unit, work: impl FnOnce() -> R) -> R {
    let before = FORCED.replace(Some(unit));
    let result = work();
    FORCED.set(before);
    result
}

/// True if the machine has AVX-512 with 16-bit lanes and bf16.
fn vectors() -> bool {
    #[cfg(target_arch = "x86_64")]
    {
        is_x86_feature_detected!("avx512f")
            && is_x86_feature_detected!("avx512bw")
            && is_x86_feature_detected!("avx512vl")
            && is_x86_feature_detected!("avx512bf16")
    }
    #[cfg(not(target_arch = "x86_64"))]
    false
}

#[cfg(all(target_arch = "x86_64", target_os = "linux"))]
fn tiles() -> bool {
    use std::arch::x86_64::__cpuid_count;
    // CPUID leaf 7: EDX bit 22 is AMX-BF16, bit 24 AMX-TILE.
    const AMX: u32 = 1 << 22 | 1 << 24;
    static ALLOWED: OnceLock<bool> = OnceLock::new();
    __cpuid_count(7, 0).edx & AMX == AMX && *ALLOWED.get_or_init(super::system::allow_tiles)
}

#[cfg(not(all(target_arch = "x86_64", target_os = "linux")))]
fn tiles() -> bool {
    false
}

/// True if AMD made the processor (by CPUID).
fn amd() -> bool {
    #[cfg(target_arch = "x86_64")]
    {
        let name = std::arch::x86_64::__cpuid(0);
        [name.ebx, name.edx, name.ecx].map(u32::to_le_bytes).as_flattened() == b"AuthenticAMD"
    }
    #[cfg(not(target_arch = "x86_64"))]
    false
}
