//! Memory of processes and of the machine.

/// Peak resident memory of this process so far, bytes. `None` if the system does not provide it (it is read from
/// Linux's `/proc`).
pub fn peak_memory() -> Option<u64> {
    proc_bytes(&std::fs::read_to_string("/proc/self/status").ok()?, "VmHWM:")
}

/// An amount of memory in a file of Linux's `/proc`, where `key` begins its line, as bytes; `None` if it is not there.
pub fn proc_bytes(text: &str, key: &str) -> Option<u64> {
    let line = text.lines().find_map(|line| line.strip_prefix(key))?;
    let kilobytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    kilobytes.checked_mul(1024)
}

#[cfg(test)]
mod tests {
    #[cfg(target_os = "linux")]
    #[test]
    fn memory_that_was_touched_is_counted() {
        let touched = std::hint::black_box(vec![1u8; 64 << 20]);
        let peak = super::peak_memory().expect("Linux tells");
        assert!(peak > touched.len() as u64, "{peak}");
    }
}
