//! Allocator that places large buffers on large pages and aligns them to cache lines.

use std::alloc::{GlobalAlloc, Layout, System};

/// Buffers of at least this size are aligned to a cache line, so that no vector straddles two.
const LINE_FROM: usize = 4 << 10;
const LINE: usize = 64;
/// Buffers of at least this size are on 2 MB pages where the system grants them: streaming weights through 4
/// KB pages reaches half of the memory's speed.
const PAGE_FROM: usize = 1 << 20;
const PAGE: usize = 2 << 20;
/// Alignment of the system's blocks, and room for an address.
const HEAD: usize = 16;

/// The system's allocator with a better placement of large buffers; a binary opts in by
/// `#[global_allocator]`.
#[derive(Debug, Clone, Copy, Default)]
pub struct LargePages;

/// Placement of a block; a function of its layout alone.
enum Placement {
    /// By the system, with this layout.
    System(Layout),
    /// On a cache line inside a longer block of the system's with this layout. A block that the system aligns itself is
    /// cut out of a longer one, and what is cut off goes to small blocks that live long, so that the next of its size
    /// finds no place and memory grows (glibc before 2.38, bug 14581).
    Inside(Layout),
}

impl LargePages {
    fn placement(layout: Layout) -> Placement {
        let inside = || Layout::from_size_align(layout.size().checked_add(LINE)?, HEAD).ok();
        match layout.size() {
            // Too large to be aligned so: the system itself rejects it.
            PAGE_FROM.. => Placement::System(layout.align_to(PAGE).unwrap_or(layout)),
            LINE_FROM.. if layout.align() <= LINE => {
                inside().map_or(Placement::System(layout), Placement::Inside)
            }
            _ => Placement::System(layout),
        }
    }

    /// The block on a cache line inside the system's, in front of which the latter's address is kept.
    ///
    /// # Safety
    /// `outer` is null or has the layout of [`Placement::Inside`].
    unsafe fn inside(outer: *mut u8) -> *mut u8 {
        if outer.is_null() {
            return outer;
        }
        // Between `HEAD` and `LINE` bytes: `outer` is a multiple of `HEAD`.
        let offset = LINE - (outer.addr() & (LINE - 1));
        // SAFETY: the offset is at most `LINE`, by which the outer block is longer, and at least `HEAD`, so that the
        // address fits in front, where it is aligned.
        unsafe {
            let start = outer.add(offset);
            start.cast::<*mut u8>().sub(1).write(outer);
            start
        }
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

// SAFETY: every call is passed to the system's allocator, with the same layout when a block is allocated and freed: the
// placement is a function of the requested layout, and never less strict.
unsafe impl GlobalAlloc for LargePages {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        match Self::placement(layout) {
            // SAFETY: as the caller's.
            Placement::Inside(outer) => unsafe { Self::inside(System.alloc(outer)) },
            Placement::System(placed) => {
                // SAFETY: as the caller's.
                let start = unsafe { System.alloc(placed) };
                Self::advise(start, layout.size());
                start
            }
        }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        match Self::placement(layout) {
            // SAFETY: as the caller's.
            Placement::Inside(outer) => unsafe { Self::inside(System.alloc_zeroed(outer)) },
            // SAFETY: as the caller's.
            Placement::System(placed) if placed.align() <= HEAD => unsafe { System.alloc_zeroed(placed) },
            // SAFETY: as the caller's; the block is as long as asked for.
            Placement::System(_) => unsafe {
                let start = self.alloc(layout);
                if !start.is_null() {
                    start.write_bytes(0, layout.size());
                }
                start
            },
        }
    }

    unsafe fn dealloc(&self, start: *mut u8, layout: Layout) {
        match Self::placement(layout) {
            // SAFETY: the block was allocated inside the one whose address is in front of it.
            Placement::Inside(outer) => unsafe {
                System.dealloc(start.cast::<*mut u8>().sub(1).read(), outer);
            },
            // SAFETY: the block was allocated with this layout.
            Placement::System(placed) => unsafe { System.dealloc(start, placed) },
        }
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

#[cfg(test)]
mod tests {
    use super::*;

    /// Blocks of every placement are aligned, hold what is written to them, and are zero where that is asked for.
    #[test]
    fn blocks_hold_their_content() {
        let memory = LargePages;
        for size in [1, LINE_FROM - 1, LINE_FROM, LINE_FROM + 1, 70_000, PAGE_FROM - 1, PAGE_FROM, 3 << 20] {
            for align in [1, 8, 64, 4096] {
                let layout = Layout::from_size_align(size, align).expect("a layout");
                // SAFETY: blocks are used within their size and freed once, with their layout.
                unsafe {
                    let zeroed = memory.alloc_zeroed(layout);
                    let bytes = std::slice::from_raw_parts(zeroed, size);
                    assert!(bytes.iter().all(|byte| *byte == 0), "{layout:?}");
                    assert!(size < LINE_FROM || zeroed.addr().is_multiple_of(LINE), "{layout:?}");
                    zeroed.write_bytes(7, size);
                    let longer = memory.realloc(zeroed, layout, 2 * size);
                    assert_eq!(longer.addr() % align, 0);
                    assert!(
                        std::slice::from_raw_parts(longer, size).iter().all(|byte| *byte == 7),
                        "{layout:?}"
                    );
                    let grown = Layout::from_size_align(2 * size, align).expect("a layout");
                    let shorter = memory.realloc(longer, grown, size.div_ceil(2));
                    let kept = std::slice::from_raw_parts(shorter, size.div_ceil(2));
                    assert!(kept.iter().all(|byte| *byte == 7), "{layout:?}");
                    let shrunk = Layout::from_size_align(size.div_ceil(2), align).expect("a layout");
                    memory.dealloc(shorter, shrunk);
                }
            }
        }
    }
}
