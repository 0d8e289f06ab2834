use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// Cached outputs of the network for one series of input variants: maps of another class of the same image
/// need no further forward pass.
#[derive(Debug)]
pub struct Memo<'a> {
    budget: &'a MemoBudget,
    /// Number of variants, and their outputs one after another.
    known: Mutex<Option<(usize, Arc<Vec<f32>>)>>,
}

/// Limit on the numbers that all memos hold together; outputs beyond it are recomputed, with the same result.
#[derive(Debug)]
pub struct MemoBudget(AtomicUsize);

impl MemoBudget {
    /// A budget of `bytes` bytes.
    pub fn new(bytes: usize) -> Self {
        Self(AtomicUsize::new(bytes / size_of::<f32>()))
    }
}

impl<'a> Memo<'a> {
    /// An empty memo.
    pub fn new(budget: &'a MemoBudget) -> Self {
        Self { budget, known: Mutex::new(None) }
    }

    /// The outputs of `count` variants, if they are cached.
    pub(super) fn recall(&self, count: usize) -> Option<Arc<Vec<f32>>> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.as_ref().filter(|(versions, _)| *versions == count).map(|(_, outputs)| Arc::clone(outputs))
    }

    /// Caches the outputs, if the budget allows.
    pub(super) fn keep(&self, count: usize, outputs: Vec<f32>) {
        let size = outputs.len();
        let left = |left: usize| left.checked_sub(size);
        if self.budget.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, left).is_ok() {
            *self.known.lock().unwrap_or_else(PoisonError::into_inner) = Some((count, Arc::new(outputs)));
        }
    }
}
