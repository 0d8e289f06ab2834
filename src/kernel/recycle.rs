//! Buffers that are used again: fresh ones cost a page fault for every 4 KiB and the kernel's clearing them.
//!
//! Training gives back what it no longer needs and takes the same sizes again, step after step. What is in use and what
//! is kept never come to more than three halves of what was in use at once.

use std::sync::{Arc, Mutex, PoisonError};

/// Smaller buffers (numbers) are left to the allocator.
const SMALL: usize = 1 << 14;

/// Buffers given back, oldest first, and what is in use.
struct RecycledBuffers {
    free: Vec<Vec<f32>>,
    /// Numbers in `free`.
    kept: usize,
    /// Numbers taken and not given back; those that ended elsewhere count on.
    used: usize,
    /// The most that were in use at once.
    peak: usize,
}

static POOL: Mutex<RecycledBuffers> =
    Mutex::new(RecycledBuffers { free: Vec::new(), kept: 0, used: 0, peak: 0 });

/// A buffer of `len` numbers of unspecified value.
pub fn take(len: usize) -> Vec<f32> {
    if len < SMALL {
        return vec![0.0; len];
    }
    let mut pool = POOL.lock().unwrap_or_else(PoisonError::into_inner);
    pool.used += len;
    if let Some(index) = pool.free.iter().rposition(|buffer| buffer.len() == len) {
        pool.kept -= len;
        return pool.free.remove(index);
    }
    pool.peak = pool.peak.max(pool.used);
    while pool.used + pool.kept > pool.peak + pool.peak / 2 && !pool.free.is_empty() {
        let buffer = pool.free.remove(0);
        pool.kept -= buffer.len();
    }
    drop(pool);
    vec![0.0; len]
}

/// Gives a buffer back, wherever it came from.
pub fn give(buffer: Vec<f32>) {
    let len = buffer.len();
    if len < SMALL {
        return;
    }
    let mut pool = POOL.lock().unwrap_or_else(PoisonError::into_inner);
    pool.used = pool.used.saturating_sub(len);
    pool.kept += len;
    pool.free.push(buffer);
}

/// Gives a buffer back if this was its last holder.
pub fn give_shared(buffer: Arc<Vec<f32>>) {
    if let Ok(buffer) = Arc::try_unwrap(buffer) {
        give(buffer);
    }
}

/// Frees everything that was given back.
pub fn release() {
    let mut pool = POOL.lock().unwrap_or_else(PoisonError::into_inner);
    (pool.kept, pool.used, pool.peak) = (0, 0, 0);
    pool.free.clear();
}
