//! Many variants of one input, as Score-CAM and Ablation-CAM evaluate them on a frozen network.

use std::sync::Arc;

use rayon::prelude::*;

use super::buffers::BufferLayout;
use super::freeze::Program;
use super::number::Number;
use super::spans::spans;
use super::{Engine, EngineError, Memo, PassCount, TypedProgram};
use camlab_nn::graph::{Extent, NodeId};
use camlab_nn::{ClassProbabilities, Images};

/// One input of an engine (an image or a layer's activation), and the engine that evaluates modified variants
/// of it.
#[derive(Debug, Clone, Copy)]
pub struct Variants<'a> {
    engine: &'a Engine,
    input: &'a [f32],
    size: [usize; 2],
    memo: Option<&'a Memo<'a>>,
    tally: Option<&'a PassCount>,
}

impl<'a> Variants<'a> {
    /// Variants of `input`, which is `[height, width, channels]` and of `size` `[height, width]`.
    ///
    /// # Errors
    /// [`EngineError`] for an input that does not fit the engine.
    pub fn new(engine: &'a Engine, input: &'a [f32], size: [usize; 2]) -> Result<Self, EngineError> {
        let [height, width] = size;
        engine.graph.shapes(height, width)?;
        let channels = engine.graph.input_channels();
        let (given, wanted) = (input.len(), height * width * channels);
        if given != wanted {
            return Err(EngineError::Length { images: 1, height, width, channels, given, wanted });
        }
        Ok(Self { engine, input, size, memo: None, tally: None })
    }

    /// Caches the outputs in `memo` and reads them from there: all users of one memo must evaluate the same
    /// variants.
    pub fn remembering(self, memo: Option<&'a Memo<'a>>) -> Self {
        Self { memo, ..self }
    }

    /// Counts every forward pass in `tally`.
    pub fn counted(self, tally: &'a PassCount) -> Self {
        Self { tally: Some(tally), ..self }
    }

    /// The probabilities that the network's class scores stand for.
    pub fn probabilities(&self) -> ClassProbabilities {
        self.engine.graph.probabilities()
    }

    /// The unmodified input, `[height, width, channels]`.
    pub fn input(&self) -> &'a [f32] {
        self.input
    }

    /// The input's `[height, width]`.
    pub fn size(&self) -> [usize; 2] {
        self.size
    }

    /// Memory that one variant needs, in bytes: the variant itself and the engine's activations.
    ///
    /// # Errors
    /// [`EngineError`] for an input that does not fit the engine.
    pub fn bytes_each(&self) -> Result<usize, EngineError> {
        Ok(size_of_val(self.input) + self.engine.bytes_each(self.size)?)
    }

    /// Computes the outputs of `count` variants, `together` at a time: `write` fills one variant (the
    /// buffer's content before is undefined), several in parallel; `read` receives their outputs in order.
    ///
    /// The outputs do not depend on `together`.
    ///
    /// # Errors
    /// [`EngineError`] for an input that does not fit the engine.
    pub fn each(
        &self,
        count: usize,
        together: usize,
        write: impl Fn(usize, &mut [f32]) + Sync,
        mut read: impl FnMut(usize, &[f32]),
    ) -> Result<(), EngineError> {
        if let Some(known) = self.memo.and_then(|memo| memo.recall(count)) {
            let each = (known.len() / count.max(1)).max(1);
            known.chunks_exact(each).enumerate().for_each(|(at, one)| read(at, one));
            return Ok(());
        }
        let mut heard = Vec::new();
        let keep = self.memo.is_some();
        self.engine.each(self.size, count, together, write, |at, outputs| {
            if keep {
                heard.extend_from_slice(outputs);
            }
            read(at, outputs);
        })?;
        if let Some(tally) = self.tally {
            tally.add(count);
        }
        if let Some(memo) = self.memo {
            memo.keep(count, heard);
        }
        Ok(())
    }
}

/// Rounds `together` down to a multiple of the engine's batch (if larger), so that no pass runs a partial
/// batch.
fn whole_turns(together: usize, batch: usize) -> usize {
    match together > batch && batch > 0 {
        true => together - together % batch,
        false => together,
    }
}

impl Engine {
    /// Computes the outputs of `count` inputs of `[height, width]`, `together` at a time: `write` fills one input
    /// (the buffer's content before is undefined), several in parallel; `read` receives their outputs in order.
    ///
    /// The outputs do not depend on `together`.
    ///
    /// # Errors
    /// [`EngineError`] for a size that does not fit the engine.
    pub fn each(
        &self,
        [height, width]: [usize; 2],
        count: usize,
        together: usize,
        write: impl Fn(usize, &mut [f32]) + Sync,
        mut read: impl FnMut(usize, &[f32]),
    ) -> Result<(), EngineError> {
        let together = whole_turns(together, self.options.batch).clamp(1, count.max(1));
        let length = height * width * self.graph.input_channels();
        let mut pixels = Arc::new(vec![0.0; together * length]);
        for first in (0..count).step_by(together) {
            let now = together.min(count - first);
            // The buffer has a single owner between two passes, so nothing is copied.
            let buffer = Arc::make_mut(&mut pixels);
            buffer.truncate(now * length);
            buffer
                .par_chunks_exact_mut(length.max(1))
                .enumerate()
                .for_each(|(at, one)| write(first + at, one));
            let images = Images { pixels: Arc::clone(&pixels), count: now, height, width };
            let outputs = self.forward(&images, &[])?.logits;
            outputs
                .chunks_exact((outputs.len() / now).max(1))
                .enumerate()
                .for_each(|(at, one)| read(first + at, one));
        }
        Ok(())
    }

    /// Memory for the activations of one input of `[height, width]`, in bytes.
    ///
    /// # Errors
    /// [`EngineError::Graph`] for a size that does not fit the graph.
    pub fn bytes_each(&self, [height, width]: [usize; 2]) -> Result<usize, EngineError> {
        let extents = self.graph.shapes(height, width)?;
        Ok(match &self.program {
            TypedProgram::F32(program, _) => self.bytes_of(program, &extents),
            TypedProgram::Bf16(program, _) => self.bytes_of(program, &extents),
        })
    }

    /// The same for a program's type of numbers.
    fn bytes_of<T: Number>(&self, program: &Program<T>, extents: &[Extent]) -> usize {
        let spans = spans(program, extents, self.options.batch.max(1), &[], self.graph.output());
        let places = BufferLayout::plan(&spans, extents, NodeId(0));
        size_of::<T>() * places.sizes.iter().sum::<usize>()
    }
}
