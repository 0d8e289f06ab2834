/// Returns memory that this process has freed to the system, where its allocator is glibc's, which keeps it otherwise.
/// Worth its milliseconds between phases of a run, not within one.
pub fn return_freed_memory() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    // SAFETY: the function changes no block in use, and may be called at any time from any thread.
    unsafe {
        libc::malloc_trim(0);
    }
}
