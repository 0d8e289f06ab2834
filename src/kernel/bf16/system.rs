//! The two requests to Linux that the standard library does not offer.

#![allow(unsafe_code)]

use std::arch::asm;

/// # Safety
/// The call has no effect on memory that Rust knows of.
unsafe fn call(number: usize, arguments: [usize; 3]) -> isize {
    let result: isize;
    // SAFETY: the system call convention of x86-64 Linux; the caller vouches for the effect.
    unsafe {
        asm!("syscall", inlateout("rax") number as isize => result, in("rdi") arguments[0],
            in("rsi") arguments[1], in("rdx") arguments[2], out("rcx") _, out("r11") _, options(nostack));
    }
    result
}

/// Asks for the AMX tile state, for all threads of this process (`arch_prctl`, `ARCH_REQ_XCOMP_PERM`).
pub(super) fn allow_tiles() -> bool {
    const ARCH_PRCTL: usize = 158;
    const REQUEST_STATE: usize = 0x1023;
    const TILE_DATA: usize = 18;
    // SAFETY: the request widens the register state that the system saves; it touches no memory.
    unsafe { call(ARCH_PRCTL, [REQUEST_STATE, TILE_DATA, 0]) == 0 }
}

/// Asks for huge pages under a range; a refusal costs speed alone.
pub(super) fn prefer_huge_pages(start: *const u8, len: usize) {
    const MADVISE: usize = 28;
    const HUGE: usize = 14;
    // SAFETY: the advice changes how the range is mapped, never its content; a bad range is refused.
    let _ = unsafe { call(MADVISE, [start as usize, len, HUGE]) };
}
