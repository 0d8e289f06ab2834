//! Resident memory of this process.

/// Peak resident memory of this process so far, bytes. `None` if the system does not provide it (it is read from
/// Linux's `/proc`).
pub fn peak_memory() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kilobytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(1024 * kilobytes)
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
