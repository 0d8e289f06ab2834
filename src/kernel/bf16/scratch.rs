//! Scratch memory per thread, aligned to cache lines.

use std::cell::RefCell;

use super::buffer::Aligned;

thread_local! {
    static SCRATCH: RefCell<Option<Aligned<f32>>> = const { RefCell::new(None) };
}

/// Runs `work` with `len` floats of unspecified content.
pub(super) fn with_scratch<R>(len: usize, work: impl FnOnce(&mut [f32]) -> R) -> R {
    // Taken, not borrowed: a nested call finds no buffer instead of a panic.
    let kept = SCRATCH.take().filter(|buffer| buffer.len() >= len);
    let mut buffer = kept.unwrap_or_else(|| Aligned::zeros(len.next_power_of_two().max(1 << 18)));
    let result = work(&mut buffer[..len]);
    SCRATCH.set(Some(buffer));
    result
}
