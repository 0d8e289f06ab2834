//! Buffers aligned to cache lines.

use std::alloc::{Layout, alloc, dealloc, handle_alloc_error};
use std::ops::{Deref, DerefMut};
use std::ptr::NonNull;

use half::bf16;

/// Bytes of a cache line, and of a tile's row.
const LINE: usize = 64;
/// Bytes of a huge page.
const HUGE: usize = 2 << 20;

/// `bf16` elements aligned to cache lines, in huge pages where the system has them.
///
/// The kernels accept any slice, but rows that straddle cache lines cost up to half of the speed.
pub type Bf16Buffer = Aligned<bf16>;

/// Elements aligned to cache lines, in huge pages where the system has them.
pub struct Aligned<T: Element> {
    data: NonNull<T>,
    len: usize,
    layout: Layout,
}

/// A number type whose zero is all zero bits.
pub trait Element: sealed::Sealed + Copy {}
impl Element for bf16 {}
impl Element for f32 {}

mod sealed {
    pub trait Sealed {}
    impl Sealed for half::bf16 {}
    impl Sealed for f32 {}
}

impl<T: Element> Aligned<T> {
    /// Allocates `len` zeros.
    pub fn zeros(len: usize) -> Self {
        let bytes = len.saturating_mul(size_of::<T>()).clamp(LINE, isize::MAX as usize - HUGE);
        let bytes = bytes.next_multiple_of(LINE);
        let align = if bytes >= HUGE / 2 { HUGE } else { LINE };
        // SAFETY: the alignment is a power of two and the size, rounded up to it, fits `isize`.
        let layout = unsafe { Layout::from_size_align_unchecked(bytes, align) };
        // SAFETY: the layout has at least one line.
        let data = unsafe { alloc(layout) };
        let Some(data) = NonNull::new(data) else { handle_alloc_error(layout) };
        #[cfg(target_os = "linux")]
        if align == HUGE {
            super::system::prefer_huge_pages(data.as_ptr(), bytes);
        }
        // SAFETY: just allocated with this many bytes.
        unsafe { data.as_ptr().write_bytes(0, bytes) };
        Self { data: data.cast(), len, layout }
    }
}

impl<T: Element> Deref for Aligned<T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        // SAFETY: `len` elements were allocated and zeroed; zero bits are an element.
        unsafe { std::slice::from_raw_parts(self.data.as_ptr(), self.len) }
    }
}

impl<T: Element> DerefMut for Aligned<T> {
    fn deref_mut(&mut self) -> &mut [T] {
        // SAFETY: as in `deref`, and the buffer is borrowed alone.
        unsafe { std::slice::from_raw_parts_mut(self.data.as_ptr(), self.len) }
    }
}

impl<T: Element> Drop for Aligned<T> {
    fn drop(&mut self) {
        // SAFETY: allocated with this layout, and dropped once.
        unsafe { dealloc(self.data.as_ptr().cast(), self.layout) };
    }
}

// SAFETY: the buffer owns its elements, as a `Vec` does.
unsafe impl<T: Element + Send> Send for Aligned<T> {}
// SAFETY: shared references only read.
unsafe impl<T: Element + Sync> Sync for Aligned<T> {}
