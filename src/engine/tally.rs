use std::sync::atomic::{AtomicU64, Ordering};

/// Counts forward passes, each of one image (or of one activation, through what lies behind it).
#[derive(Debug, Default)]
pub struct PassCount(AtomicU64);

impl PassCount {
    /// Counts `passes` more.
    pub fn add(&self, passes: usize) {
        self.0.fetch_add(passes as u64, Ordering::Relaxed);
    }

    /// How many so far.
    pub fn count(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}
