use std::sync::atomic::{AtomicU64, Ordering};

/// Counter of forward passes, each of one image (or of one activation, through the layers downstream of it).
#[derive(Debug, Default)]
pub struct PassCount(AtomicU64);

impl PassCount {
    /// Adds `passes`.
    pub fn add(&self, passes: usize) {
        self.0.fetch_add(passes as u64, Ordering::Relaxed);
    }

    /// Number of passes so far.
    pub fn count(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}
