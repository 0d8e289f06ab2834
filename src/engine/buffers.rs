//! Memory of activations: a few buffers, each reused as soon as its last reader has run.

use std::sync::{Mutex, PoisonError};

use super::number::Number;
use super::spans::StepSpan;
use camlab_nn::graph::{Extent, NodeId};

/// For every node the buffer that holds its value, and the elements that each buffer needs for one image.
#[derive(Debug)]
pub(super) struct BufferLayout {
    pub of: Vec<usize>,
    pub sizes: Vec<usize>,
}

impl BufferLayout {
    /// Plans the buffers of image-shaped activations; feature vectors after pooling are not planned (they are
    /// small).
    ///
    /// A convolution that adds an activation which no later step reads writes its result over that
    /// activation. What lies between the steps of a span has no buffer.
    pub fn plan<T: Number>(spans: &[StepSpan<'_, T>], extents: &[Extent], input: NodeId) -> Self {
        let mut last = vec![0; extents.len()];
        for (index, span) in spans.iter().enumerate() {
            for read in span.reads() {
                last[read.0] = index + 1;
            }
        }
        let mut places = Self { of: vec![usize::MAX; extents.len()], sizes: Vec::new() };
        let mut free = Vec::new();
        places.of[input.0] = places.take(&mut free, extents[input.0].elements());
        for (index, span) in spans.iter().enumerate() {
            let result = span.result();
            let size = extents[result.0].elements();
            let dies = |read: &NodeId| last[read.0] == index + 1;
            let over = span.overwritten().filter(|read| dies(read) && places.of[read.0] != usize::MAX);
            if let Extent::Image { .. } = extents[result.0] {
                places.of[result.0] = match over {
                    Some(over) => places.of[over.0],
                    None => places.take(&mut free, size),
                };
            }
            let mut ended: Vec<usize> = span
                .reads()
                .filter(|read| dies(read) && Some(*read) != over)
                .map(|read| places.of[read.0])
                .filter(|place| *place != usize::MAX)
                .collect();
            ended.sort_unstable();
            ended.dedup();
            free.extend(ended);
            // A value that no step reads: a kept activation off the path to the output.
            if last[result.0] == 0 && places.of[result.0] != usize::MAX {
                free.push(places.of[result.0]);
            }
        }
        places
    }

    /// Takes the free buffer that fits best, or adds a new one.
    fn take(&mut self, free: &mut Vec<usize>, size: usize) -> usize {
        let misfit = |place: usize| self.sizes[place].abs_diff(size);
        let best = free.iter().enumerate().min_by_key(|(_, place)| misfit(**place)).map(|(at, _)| at);
        match best {
            Some(at) => {
                let place = free.swap_remove(at);
                self.sizes[place] = self.sizes[place].max(size);
                place
            }
            None => {
                self.sizes.push(size);
                self.sizes.len() - 1
            }
        }
    }
}

/// Sets of buffers kept between calls, so that a forward pass allocates nothing; one set per concurrent call.
#[derive(Debug)]
pub(super) struct BufferPool<T> {
    sets: Mutex<Vec<Vec<Vec<T>>>>,
}

impl<T> Default for BufferPool<T> {
    fn default() -> Self {
        Self { sets: Mutex::new(Vec::new()) }
    }
}

impl<T: Number> BufferPool<T> {
    /// Runs `work` with buffers of at least the given sizes.
    pub fn lend<R>(&self, sizes: impl Iterator<Item = usize>, work: impl FnOnce(&mut [Vec<T>]) -> R) -> R {
        let mut set = self.sets.lock().unwrap_or_else(PoisonError::into_inner).pop().unwrap_or_default();
        for (index, size) in sizes.enumerate() {
            if index == set.len() {
                set.push(Vec::new());
            }
            if set[index].len() < size {
                // A new buffer, not a grown one: the old content need not be copied.
                set[index] = vec![T::default(); size];
            }
        }
        let result = work(&mut set);
        self.sets.lock().unwrap_or_else(PoisonError::into_inner).push(set);
        result
    }
}
