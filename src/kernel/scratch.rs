//! Work buffers kept per thread, so that a kernel call does not pay for fresh pages.

use std::cell::RefCell;

thread_local! {
    static BUFFER: RefCell<Vec<f32>> = const { RefCell::new(Vec::new()) };
}

/// Lends `len` elements of unspecified content to `work`.
pub(super) fn with_scratch<R>(len: usize, work: impl FnOnce(&mut [f32]) -> R) -> R {
    // Taken, not borrowed: should `work` come back here, it finds an empty buffer instead of a panic.
    let mut buffer = BUFFER.take();
    if buffer.len() < len {
        buffer.resize(len, 0.0);
    }
    let result = work(&mut buffer[..len]);
    BUFFER.set(buffer);
    result
}
