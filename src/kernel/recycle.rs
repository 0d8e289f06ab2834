//! Reuse of large buffers: a new one costs a page fault for every 4 KiB, which the system also has to clear.
//!
//! Training returns buffers it no longer needs and takes the same sizes again, step after step. Buffers in
//! use and kept ones together never exceed one and a half times the peak in use.

use std::sync::{Arc, Mutex, PoisonError};

/// Buffers below this size (in numbers) are left to the allocator.
const SMALL: usize = 1 << 14;

/// Returned buffers, oldest first, and the amount in use.
struct RecycledBuffers {
    free: Vec<Vec<f32>>,
    /// Numbers in `free`.
    kept: usize,
    /// Numbers taken and not returned; buffers dropped elsewhere remain counted.
    used: usize,
    /// Peak of `used`.
    peak: usize,
}

static POOL: Mutex<RecycledBuffers> =
    Mutex::new(RecycledBuffers { free: Vec::new(), kept: 0, used: 0, peak: 0 });

/// Returns a buffer of `len` numbers of unspecified value.
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

/// Returns a buffer to the pool, whatever its origin.
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

/// Returns a buffer to the pool if this was its last holder.
pub fn give_shared(buffer: Arc<Vec<f32>>) {
    if let Ok(buffer) = Arc::try_unwrap(buffer) {
        give(buffer);
    }
}

/// Frees all returned buffers.
pub fn release() {
    let mut pool = POOL.lock().unwrap_or_else(PoisonError::into_inner);
    (pool.kept, pool.used, pool.peak) = (0, 0, 0);
    pool.free.clear();
}
