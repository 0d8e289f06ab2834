//! Allocator that places large buffers on large pages and aligns them to cache lines.

use std::alloc::{GlobalAlloc, Layout, System};

/// Buffers of at least this size are aligned to a cache line, so that no vector straddles two.
const LINE_FROM: usize = 4 << 10;
const LINE: usize = 64;
/// Buffers of at least this size are on 2 MB pages where the system grants them: streaming weights through 4
/// KB pages reaches half of the memory's speed.
const PAGE_FROM: usize = 1 << 20;
const PAGE: usize = 2 << 20;

/// The system's allocator with a better placement of large buffers; a binary opts in by
/// `#[global_allocator]`.
#[derive(Debug, Clone, Copy, Default)]
pub struct LargePages;

impl LargePages {
    fn layout(layout: Layout) -> Layout {
        let align = match layout.size() {
            PAGE_FROM.. => PAGE,
            LINE_FROM.. => LINE,
            _ => return layout,
        };
        // Too large to be aligned so: the system itself rejects it.
        layout.align_to(align).unwrap_or(layout)
    }

    fn advise(start: *mut u8, size: usize) {
        #[cfg(target_os = "linux")]
        if size >= PAGE_FROM && !start.is_null() {
            // SAFETY: the range was just allocated; the advice changes how it is backed, never what it holds.
            // A system that does not know it does nothing.
            unsafe { libc::madvise(start.cast(), size, libc::MADV_HUGEPAGE) };
        }
        #[cfg(not(target_os = "linux"))]
        let _ = (start, size);
    }
}

// SAFETY: every call is passed to the system's allocator, with the same layout when a block is allocated and
// freed: the layout is a function of the requested one, and never less strict.
unsafe impl GlobalAlloc for LargePages {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: as the caller's.
        let start = unsafe { System.alloc(Self::layout(layout)) };
        Self::advise(start, layout.size());
        start
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        if layout.size() < LINE_FROM {
            // SAFETY: as the caller's.
            return unsafe { System.alloc_zeroed(layout) };
        }
        // SAFETY: as the caller's; the block is as long as asked for.
        unsafe {
            let start = self.alloc(layout);
            if !start.is_null() {
                start.write_bytes(0, layout.size());
            }
            start
        }
    }

    unsafe fn dealloc(&self, start: *mut u8, layout: Layout) {
        // SAFETY: the block was allocated with this layout.
        unsafe { System.dealloc(start, Self::layout(layout)) }
    }

    unsafe fn realloc(&self, start: *mut u8, layout: Layout, new_size: usize) -> *mut u8 {
        let Ok(new) = Layout::from_size_align(new_size, layout.align()) else { return std::ptr::null_mut() };
        if new_size < LINE_FROM && layout.size() < LINE_FROM {
            // SAFETY: as the caller's; neither size changes the layout.
            return unsafe { System.realloc(start, layout, new_size) };
        }
        // SAFETY: allocates a new block, copies the content, frees the old block.
        unsafe {
            let fresh = self.alloc(new);
            if !fresh.is_null() {
                std::ptr::copy_nonoverlapping(start, fresh, layout.size().min(new_size));
                self.dealloc(start, layout);
            }
            fresh
        }
    }
}
