//! Run-time detection of the bf16 tile instructions.

/// True if this machine (by CPUID) has AMX with bf16 and AVX-512 with bf16 conversions, and the system lets
/// this process use them. Checked once per process.
pub fn available() -> bool {
    use std::sync::OnceLock;
    static AVAILABLE: OnceLock<bool> = OnceLock::new();
    *AVAILABLE.get_or_init(detect)
}

#[cfg(all(target_arch = "x86_64", target_os = "linux"))]
fn detect() -> bool {
    use std::arch::x86_64::__cpuid_count;
    let vectors = is_x86_feature_detected!("avx512f")
        && is_x86_feature_detected!("avx512bw")
        && is_x86_feature_detected!("avx512vl")
        && is_x86_feature_detected!("avx512bf16");
    // CPUID leaf 7: EDX bit 22 is AMX-BF16, bit 24 AMX-TILE.
    const AMX: u32 = 1 << 22 | 1 << 24;
    vectors && __cpuid_count(7, 0).edx & AMX == AMX && super::system::allow_tiles()
}

#[cfg(not(all(target_arch = "x86_64", target_os = "linux")))]
fn detect() -> bool {
    false
}
