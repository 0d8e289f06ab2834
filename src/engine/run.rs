//! Forward pass: runs the program's steps on a batch.

use std::borrow::Cow;
use std::sync::Arc;

use super::buffers::{BufferLayout, BufferPool};
use super::freeze::{Program, ProgramStep, StepKind, conv_shape, linear_shape};
use super::number::{JoinedConv, Number};
use super::spans::{StepSpan, spans};
use super::{Engine, EngineError, TypedProgram};
use camlab_kernel::{
    Affine, Epilogue, KernelError, PoolShape, Residual, avg_pool2d_values, channel_means, conv2d_forward,
    spread_chunks, to_channels_first, with_team,
};
use camlab_nn::graph::layer::{LayerCall, LayerInput};
use camlab_nn::graph::{Extent, NodeId};
use camlab_nn::{Activation, Images, Inference};

/// Values per parallel task of an element-wise step.
const TASK: usize = 1 << 14;

impl Engine {
    /// Runs a forward pass: returns the output (logits, for a network that ends in its head) and the
    /// activations at `taps`.
    ///
    /// # Errors
    /// [`EngineError`] for images that do not fit the graph, or a tap for which [`Engine::computes`] is false.
    pub fn forward(&self, images: &Images, taps: &[NodeId]) -> Result<Inference, EngineError> {
        let channels = self.graph.input_channels();
        let (height, width) = (images.height, images.width);
        let (given, wanted) = (images.pixels.len(), images.count * height * width * channels);
        if given != wanted {
            let images = images.count;
            return Err(EngineError::Length { images, height, width, channels, given, wanted });
        }
        taps.iter().try_for_each(|tap| self.check_tap(*tap))?;
        // Enter the thread pool once: a call from outside would put its thread to sleep and wake another for
        // every step.
        rayon::scope(|_| match &self.program {
            TypedProgram::F32(program, pool) => self.batches(program, pool, images, taps),
            TypedProgram::Bf16(program, pool) => self.batches(program, pool, images, taps),
        })
    }

    /// The same for any number of images, one batch after another.
    fn batches<T: Number>(
        &self,
        program: &Program<T>,
        pool: &BufferPool<T>,
        images: &Images,
        taps: &[NodeId],
    ) -> Result<Inference, EngineError> {
        let extents = self.graph.shapes(images.height, images.width)?;
        let size = images.pixels.len() / images.count.max(1);
        let batch = self.options.batch.max(1);
        let spans = spans(program, &extents, batch.min(images.count.max(1)), taps, self.graph.output());
        let places = BufferLayout::plan(&spans, &extents, NodeId(0));
        let mut outputs = Vec::new();
        let mut kept: Vec<Vec<f32>> = vec![Vec::new(); taps.len()];
        for first in (0..images.count).step_by(batch) {
            let count = batch.min(images.count - first);
            let pixels = &images.pixels[first * size..][..count * size];
            let walk = ProgramRun { engine: self, extents: &extents, places: &places, count };
            let sizes = places.sizes.iter().map(|size| size * count);
            let mut run = |buffers: &mut [Vec<T>]| walk.run(&spans, pixels, buffers, taps, &mut kept);
            let output = pool.lend(sizes, |buffers| with_team(|| run(buffers)))?;
            outputs.extend(output);
        }
        let taps = taps.iter().zip(kept).map(|(tap, data)| {
            let (channels, height, width) = extents[tap.0].grid();
            Activation { data: Arc::new(data), images: images.count, channels, height, width }
        });
        Ok(Inference { logits: outputs, taps: taps.collect() })
    }
}

/// One batch in its run through the program.
struct ProgramRun<'a> {
    engine: &'a Engine,
    extents: &'a [Extent],
    places: &'a BufferLayout,
    count: usize,
}

impl ProgramRun<'_> {
    /// Returns the output's numbers; the activations at `taps` are appended to `kept`.
    fn run<T: Number>(
        &self,
        spans: &[StepSpan<'_, T>],
        pixels: &[f32],
        buffers: &mut [Vec<T>],
        taps: &[NodeId],
        kept: &mut [Vec<f32>],
    ) -> Result<Vec<f32>, EngineError> {
        let mut vectors: Vec<Option<Vec<f32>>> = vec![None; self.extents.len()];
        let at = |id: NodeId| self.places.of[id.0];
        let input = NodeId(0);
        match self.extents[0] {
            Extent::Image { .. } => {
                let rounded = T::round_all(pixels, &mut buffers[at(input)][..pixels.len()]);
                rounded.map_err(|source| self.failed(input, source))?;
            }
            Extent::Vector { .. } => vectors[0] = Some(pixels.to_vec()),
        }
        let mut keep = |id: NodeId, buffers: &[Vec<T>], vectors: &[Option<Vec<f32>>]| {
            for (tap, kept) in taps.iter().zip(kept.iter_mut()) {
                if *tap == id {
                    kept.extend(self.read(id, buffers, vectors).map_err(|source| self.failed(id, source))?);
                }
            }
            Ok::<(), EngineError>(())
        };
        keep(input, buffers, &vectors)?;
        for span in spans {
            let result = span.result();
            let wrap = |source| self.failed(result, source);
            match self.extents[result.0] {
                Extent::Image { .. } => {
                    let len = self.len(result);
                    let mut output = std::mem::take(&mut buffers[at(result)]);
                    let place = |id: NodeId| self.places.of[id.0];
                    let in_place = span.overwritten().is_some_and(|operand| place(operand) == place(result));
                    let done = match span.steps() {
                        [step] => self.image(step, in_place, buffers, &vectors, &mut output[..len]),
                        steps => self.joined(steps, in_place, buffers, &mut output[..len]),
                    };
                    buffers[at(result)] = output;
                    done.map_err(wrap)?;
                }
                Extent::Vector { .. } => {
                    vectors[result.0] = Some(self.vector(span.last(), buffers, &vectors).map_err(wrap)?);
                }
            }
            keep(result, buffers, &vectors)?;
        }
        let output = self.engine.graph.output();
        self.read(output, buffers, &vectors).map_err(|source| self.failed(output, source))
    }

    /// Error of a kernel at a node.
    fn failed(&self, id: NodeId, source: KernelError) -> EngineError {
        EngineError::Kernel { node: self.engine.graph.node(id).name.clone(), source }
    }

    /// Number of elements of a node's value for this batch.
    fn len(&self, id: NodeId) -> usize {
        self.count * self.extents[id.0].elements()
    }

    /// Shape `[n, h, w, c]` of a node's value.
    fn shape(&self, id: NodeId) -> [usize; 4] {
        let (channels, height, width) = self.extents[id.0].grid();
        [self.count, height, width, channels]
    }

    fn read<T: Number>(
        &self,
        id: NodeId,
        buffers: &[Vec<T>],
        vectors: &[Option<Vec<f32>>],
    ) -> Result<Vec<f32>, KernelError> {
        match (&vectors[id.0], self.places.of[id.0]) {
            (Some(vector), _) => Ok(vector.clone()),
            (None, place) => T::widen_all(&buffers[place][..self.len(id)]),
        }
    }

    /// Computes convolutions and the functions behind them together. If the result shares the buffer of what the last
    /// convolution adds, `in_place`, `output` holds that operand.
    fn joined<T: Number>(
        &self,
        steps: &[ProgramStep<T>],
        in_place: bool,
        buffers: &[Vec<T>],
        output: &mut [T],
    ) -> Result<(), KernelError> {
        let value = |id: NodeId| &buffers[self.places.of[id.0]][..self.len(id)];
        let mut parts: Vec<JoinedConv<'_, T>> = Vec::with_capacity(steps.len());
        let mut added = None;
        for step in steps {
            match (&step.work, parts.last_mut()) {
                (StepKind::Conv { outputs, window, groups, filter, bias, range }, _) => {
                    let shape = conv_shape(self.shape(step.input), *outputs, window, *groups)?;
                    parts.push(JoinedConv { shape, filter, bias, range: *range, finish: None });
                    added = step.other;
                }
                (StepKind::Function(function), Some(conv)) => conv.finish = Some(function),
                _ => return Err(KernelError::NotSeparable),
            }
        }
        let residual = match added {
            None => Residual::None,
            Some(_) if in_place => Residual::InPlace,
            Some(other) => Residual::Of(value(other)),
        };
        match &parts[..] {
            [conv] => T::conv(conv, value(steps[0].input), residual, output),
            parts => T::joined(parts, value(steps[0].input), residual, output),
        }
    }

    /// Computes a step whose result is an image. If the result shares an operand's buffer, `in_place`, `output` holds
    /// that operand.
    fn image<T: Number>(
        &self,
        step: &ProgramStep<T>,
        in_place: bool,
        buffers: &[Vec<T>],
        vectors: &[Option<Vec<f32>>],
        output: &mut [T],
    ) -> Result<(), KernelError> {
        let place = |id: NodeId| self.places.of[id.0];
        let value = |id: NodeId| &buffers[place(id)][..self.len(id)];
        let [count, height, width, channels] = self.shape(step.input);
        let input = [count, height, width, channels];
        match &step.work {
            StepKind::Conv { outputs, window, groups, filter, bias, range } => {
                let shape = conv_shape(input, *outputs, window, *groups)?;
                let conv = JoinedConv { shape, filter, bias, range: *range, finish: None };
                let residual = match step.other {
                    None => Residual::None,
                    Some(_) if in_place => Residual::InPlace,
                    Some(other) => Residual::Of(value(other)),
                };
                T::conv(&conv, value(step.input), residual, output)
            }
            StepKind::MaxPool(pooling) => {
                let shape = PoolShape::new(input, pooling.geometry())?;
                T::max_pool(&shape, value(step.input), output)
            }
            StepKind::AvgPool { pooling, count_include_pad } => {
                let shape = PoolShape::new(input, pooling.geometry())?;
                avg_pool2d_values(&shape, *count_include_pad, value(step.input), T::round, output)
            }
            StepKind::Affine { affine, range } => {
                if !in_place {
                    output.copy_from_slice(value(step.input));
                }
                T::affine(output, Affine { scale: &affine.scale, shift: &affine.shift }, *range)
            }
            StepKind::Relu => {
                if !in_place {
                    output.copy_from_slice(value(step.input));
                }
                spread_chunks(output, TASK, &|_, part: &mut [T]| {
                    part.iter_mut().for_each(|x| *x = if *x < T::default() { T::default() } else { *x });
                });
                Ok(())
            }
            StepKind::Function(function) => {
                if !in_place {
                    output.copy_from_slice(value(step.input));
                }
                spread_chunks(output, TASK, &|_, part: &mut [T]| {
                    let mut wide = [0.0; 256];
                    for part in part.chunks_mut(wide.len()) {
                        let wide = &mut wide[..part.len()];
                        wide.iter_mut().zip(&*part).for_each(|(wide, x)| *wide = (*x).into());
                        function.function().apply(wide);
                        part.iter_mut().zip(&*wide).for_each(|(x, wide)| *x = T::round(*wide));
                    }
                });
                Ok(())
            }
            StepKind::Layer { layer, parameters } => self.layer(step, parameters, buffers, vectors, |call| {
                T::fill(output, |output| layer.function().values(call, output))
            }),
            StepKind::Concat { affine, range } => {
                let parts: Vec<(&[T], usize)> =
                    step.reads().map(|id| (value(id), self.extents[id.0].grid().0)).collect();
                let affine =
                    affine.as_ref().map(|affine| Affine { scale: &affine.scale, shift: &affine.shift });
                T::concat(&parts, affine, *range, output)
            }
            StepKind::Add { range } => {
                if !in_place {
                    output.copy_from_slice(value(step.input));
                }
                // `x + x`: the output already holds the only operand.
                let other = step.other.filter(|other| place(*other) != place(step.result));
                let sum = |x: &mut T, y: T| {
                    let sum: f32 = (*x).into() + y.into();
                    *x = T::round(range.limit(sum));
                };
                match other {
                    Some(other) => {
                        let other = value(other);
                        spread_chunks(output, TASK, &|at, part: &mut [T]| {
                            let other = &other[at * TASK..][..part.len()];
                            part.iter_mut().zip(other).for_each(|(x, y)| sum(x, *y));
                        });
                    }
                    None => spread_chunks(output, TASK, &|_, part: &mut [T]| {
                        part.iter_mut().for_each(|x| sum(x, *x))
                    }),
                }
                Ok(())
            }
            StepKind::OptionA { outputs } => {
                let input = value(step.input);
                let columns = width.div_ceil(2);
                let before = (outputs - channels) / 2;
                let rows = output.chunks_exact_mut(columns * outputs).enumerate();
                rows.for_each(|(row, out)| {
                    let (image, y) = (row / height.div_ceil(2), row % height.div_ceil(2) * 2);
                    for (x, out) in out.chunks_exact_mut(*outputs).enumerate() {
                        let pixel = ((image * height + y) * width + 2 * x) * channels;
                        out.fill(T::default());
                        out[before..before + channels].copy_from_slice(&input[pixel..][..channels]);
                    }
                });
                Ok(())
            }
            StepKind::GlobalAvgPool | StepKind::Flatten | StepKind::Linear { .. } => {
                Err(KernelError::Zero { what: "number of rows" })
            }
        }
    }

    /// Calls `work` with the operands of a layer as `f32`.
    fn layer<T: Number>(
        &self,
        step: &ProgramStep<T>,
        parameters: &[Arc<Vec<f32>>],
        buffers: &[Vec<T>],
        vectors: &[Option<Vec<f32>>],
        work: impl FnOnce(&LayerCall<'_>) -> Result<(), KernelError>,
    ) -> Result<(), KernelError> {
        let operands = step.reads().map(|id| match &vectors[id.0] {
            Some(vector) => Ok(Cow::Borrowed(&vector[..])),
            None => T::wide(&buffers[self.places.of[id.0]][..self.len(id)]),
        });
        let operands = operands.collect::<Result<Vec<_>, KernelError>>()?;
        let inputs = step.reads().zip(&operands);
        work(&LayerCall {
            inputs: inputs.map(|(id, values)| LayerInput { values, extent: self.extents[id.0] }).collect(),
            parameters: parameters.iter().map(|parameter| &parameter[..]).collect(),
            images: self.count,
            extent: self.extents[step.result.0],
        })
    }

    /// Computes a step whose result is one vector per image.
    fn vector<T: Number>(
        &self,
        step: &ProgramStep<T>,
        buffers: &[Vec<T>],
        vectors: &[Option<Vec<f32>>],
    ) -> Result<Vec<f32>, KernelError> {
        let mut output = vec![0.0; self.len(step.result)];
        match &step.work {
            StepKind::GlobalAvgPool => {
                let [_, height, width, channels] = self.shape(step.input);
                let input = &buffers[self.places.of[step.input.0]][..self.len(step.input)];
                channel_means(height * width, channels, input, &mut output)?;
            }
            StepKind::Flatten => {
                let [_, height, width, channels] = self.shape(step.input);
                let input = &buffers[self.places.of[step.input.0]][..self.len(step.input)];
                to_channels_first(height * width, channels, input, &mut output)?;
            }
            StepKind::Linear { outputs, filter, bias, range } => {
                let features = self.read(step.input, buffers, vectors)?;
                let shape = linear_shape(self.count, features.len() / self.count, *outputs)?;
                let epilogue =
                    Epilogue { bias: Some(bias), residual: Residual::None, range: *range, finish: None };
                conv2d_forward(&shape, &features, filter, &epilogue, &mut output)?;
            }
            StepKind::Layer { layer, parameters } => {
                self.layer(step, parameters, buffers, vectors, |call| {
                    layer.function().values(call, &mut output);
                    Ok(())
                })?;
            }
            StepKind::Concat { affine, range } => {
                let parts = step.reads().map(|id| self.read(id, buffers, vectors));
                let parts = parts.collect::<Result<Vec<_>, KernelError>>()?;
                let parts: Vec<(&[f32], usize)> =
                    parts.iter().map(|part| (&part[..], part.len() / self.count)).collect();
                let affine =
                    affine.as_ref().map(|affine| Affine { scale: &affine.scale, shift: &affine.shift });
                f32::concat(&parts, affine, *range, &mut output)?;
            }
            StepKind::Relu => {
                output = self.read(step.input, buffers, vectors)?;
                output.iter_mut().for_each(|x| *x = if *x < 0.0 { 0.0 } else { *x });
            }
            StepKind::Function(function) => {
                output = self.read(step.input, buffers, vectors)?;
                function.function().apply(&mut output);
            }
            _ => return Err(KernelError::Zero { what: "number of rows" }),
        }
        Ok(output)
    }
}
