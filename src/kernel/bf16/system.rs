//! Linux system calls.

/// Requests the AMX tile state for all threads of this process (`ARCH_REQ_XCOMP_PERM`).
#[cfg(target_arch = "x86_64")]
pub(super) fn allow_tiles() -> bool {
    const REQUEST_STATE: libc::c_ulong = 0x1023;
    const TILE_DATA: libc::c_ulong = 18;
    // SAFETY: the request enlarges the register state that the system saves; it touches no memory.
    unsafe { libc::syscall(libc::SYS_arch_prctl, REQUEST_STATE, TILE_DATA) == 0 }
}

/// Requests huge pages for a range that was just allocated; a refusal costs only speed.
pub(super) fn prefer_huge_pages(start: *mut u8, len: usize) {
    // SAFETY: the advice changes how the range is backed, never what it holds.
    let _ = unsafe { libc::madvise(start.cast(), len, libc::MADV_HUGEPAGE) };
}
