//! The largest allocation that a reader makes for a file.

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicUsize, Ordering};

struct Largest;

static LARGEST: AtomicUsize = AtomicUsize::new(0);

#[global_allocator]
static ALLOCATOR: Largest = Largest;

// SAFETY: every call is passed to the system's allocator.
unsafe impl GlobalAlloc for Largest {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        LARGEST.fetch_max(layout.size(), Ordering::Relaxed);
        // SAFETY: the caller's promises are passed on.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, place: *mut u8, layout: Layout) {
        // SAFETY: the caller's promises are passed on.
        unsafe { System.dealloc(place, layout) }
    }

    unsafe fn realloc(&self, place: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        LARGEST.fetch_max(size, Ordering::Relaxed);
        // SAFETY: the caller's promises are passed on.
        unsafe { System.realloc(place, layout, size) }
    }
}

/// Bytes that a reader may allocate for any file: buffers, and the arithmetic of shapes.
const LEAST: usize = 1 << 20;

/// Runs a reader; an allocation of more than ten times the file's size is a fault.
pub fn bounded(bytes: &[u8], read: impl FnOnce()) {
    LARGEST.store(0, Ordering::Relaxed);
    read();
    let largest = LARGEST.load(Ordering::Relaxed);
    assert!(largest <= LEAST + 10 * bytes.len(), "{largest} bytes at once for a file of {}", bytes.len());
}
