//! A buffer that tasks write concurrently.

use std::marker::PhantomData;

/// A slice that several tasks write concurrently, each its own elements.
pub(super) struct Shared<'a> {
    start: *mut f32,
    len: usize,
    borrow: PhantomData<&'a mut [f32]>,
}

// SAFETY: access is through raw pointers only; their users ensure that no element is written by one task
// while another reads or writes it.
unsafe impl Sync for Shared<'_> {}
// SAFETY: as above; a `Shared` is a pointer and a length.
unsafe impl Send for Shared<'_> {}

impl<'a> Shared<'a> {
    /// Borrows `slice` until the tasks are done.
    pub fn new(slice: &'a mut [f32]) -> Self {
        Self { start: slice.as_mut_ptr(), len: slice.len(), borrow: PhantomData }
    }

    /// A pointer to element `index`, which must be inside the slice.
    ///
    /// # Panics
    /// In debug builds, when it is not.
    #[inline(always)]
    pub fn at(&self, index: usize) -> *mut f32 {
        debug_assert!(index <= self.len, "element {index} of {}", self.len);
        self.start.wrapping_add(index)
    }
}
