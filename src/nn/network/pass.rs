//! A forward pass on dfdx's tape, node by node.

use std::sync::Arc;

use rand_chacha::ChaCha8Rng;

use super::fuse::{FusedClip, Fusions};
use super::step::{NormStatistics, normalise, step};
use super::{Activation, Network, NetworkError};
use crate::graph::{NodeId, Op};
use crate::ops::{Attention, BatchStatistics, Behind, ReluRule, attention_dropout, dropout};
use crate::{OpError, Recorder, Value};

/// A batch of images.
#[derive(Debug, Clone)]
pub struct Images {
    /// `[n, h, w, c]`, row-major, preprocessed.
    pub pixels: Arc<Vec<f32>>,
    /// Number of images, `n`.
    pub count: usize,
    /// Height in pixels, `h`.
    pub height: usize,
    /// Width in pixels, `w`.
    pub width: usize,
}

/// State of a pass: the tape, the activations that are alive, and the remaining reads of each.
pub(crate) struct TapeWalk<'a> {
    network: &'a Network,
    recorder: Recorder,
    parameters: Vec<Value>,
    norm: NormStatistics,
    rule: ReluRule,
    reads: Vec<usize>,
    fusions: Fusions,
    values: Vec<Option<Value>>,
    statistics: Vec<(NodeId, BatchStatistics)>,
}

impl<'a> TapeWalk<'a> {
    /// A pass that keeps the activations `keep` and the output.
    ///
    /// # Errors
    /// Images that do not fit the graph.
    pub fn new(
        network: &'a Network,
        images: &Images,
        parameters: Vec<Value>,
        norm: NormStatistics,
        keep: &[NodeId],
    ) -> Result<Self, NetworkError> {
        let graph = network.graph();
        graph.shapes(images.height, images.width)?;
        let shape = vec![images.count, images.height, images.width, graph.input_channels()];
        let (given, wanted) = (images.pixels.len(), shape.iter().product());
        if given != wanted {
            return Err(NetworkError::Length { name: format!("input {shape:?}"), given, wanted });
        }
        let mut reads: Vec<usize> = graph.consumers().iter().map(Vec::len).collect();
        keep.iter().chain([&graph.output()]).for_each(|id| reads[id.0] += 1);
        let fusions = Fusions::new(graph, &reads);
        let recorder = Recorder::new(&Default::default());
        let mut values = vec![None; graph.nodes().len()];
        values[0] = Some(recorder.constant(Arc::clone(&images.pixels), shape));
        let rule = ReluRule::default();
        Ok(Self { network, recorder, parameters, norm, rule, reads, fusions, values, statistics: Vec::new() })
    }

    /// The same pass with another backward rule for ReLUs. Each ReLU is then computed separately.
    pub fn with_rule(mut self, rule: ReluRule) -> Self {
        if rule != ReluRule::Derivative {
            self.fusions = Fusions::none(self.network.graph());
        }
        self.rule = rule;
        self
    }

    /// Computes `node`; activations that it is the last to read are freed (or overwritten).
    ///
    /// A batch norm, an addition and a clip without other readers are computed together, at the clip.
    pub fn advance(&mut self, id: NodeId) -> Result<(), NetworkError> {
        let node = self.network.graph().node(id);
        if matches!(node.op, Op::Input { .. }) || self.fusions.absorbed[id.0] {
            return Ok(());
        }
        if let Some(fusion) = self.fusions.at[id.0] {
            return self.advance_fused(id, fusion);
        }
        let inputs = node.inputs.iter().filter_map(|input| self.take(*input)).collect();
        let parameters = &self.parameters[self.network.parameters_of(id)];
        let done = step(&mut self.recorder, &node.op, inputs, parameters, self.norm, self.rule);
        self.store(id, id, done)
    }

    fn advance_fused(
        &mut self,
        id: NodeId,
        FusedClip { norm, residual, range }: FusedClip,
    ) -> Result<(), NetworkError> {
        let node = self.network.graph().node(norm);
        let input = node.inputs.first().and_then(|input| self.take(*input));
        let behind = Behind { residual: residual.and_then(|residual| self.take(residual)), range };
        let parameters = &self.parameters[self.network.parameters_of(norm)];
        let done = normalise(&mut self.recorder, &node.op, input, parameters, self.norm, behind);
        self.store(id, norm, done)
    }

    /// Stores the result of `node` as the activation of `id`.
    fn store(
        &mut self,
        id: NodeId,
        node: NodeId,
        done: Result<(Value, Option<BatchStatistics>), OpError>,
    ) -> Result<(), NetworkError> {
        let name = || self.network.graph().node(node).name.clone();
        let (value, statistics) =
            done.map_err(|source| NetworkError::Op { node: name(), source: Box::new(source) })?;
        self.statistics.extend(statistics.map(|statistics| (node, statistics)));
        self.values[id.0] = Some(value);
        Ok(())
    }

    /// Adds an attention-based dropout layer after `node`, which must be among those that [`TapeWalk::new`]
    /// keeps.
    pub fn attend(&mut self, id: NodeId, attention: Attention) -> Result<(), NetworkError> {
        let value = self.value(id)?.clone();
        let done = attention_dropout(&mut self.recorder, &value, attention).map(|value| (value, None));
        self.values[id.0] = None;
        self.store(id, id, done)
    }

    /// Adds a dropout layer after `node`, which must be among those that [`TapeWalk::new`] keeps.
    pub fn drop_out(&mut self, id: NodeId, rate: f64, draws: &mut ChaCha8Rng) -> Result<(), NetworkError> {
        let value = self.value(id)?.clone();
        let done = Ok((dropout(&mut self.recorder, &value, rate, draws), None));
        self.values[id.0] = None;
        self.store(id, id, done)
    }

    /// Keeps the gradient of `node`'s activation through the backward pass: the activation becomes a leaf of
    /// the tape, unless something before it is on the tape already.
    pub fn watch(&mut self, id: NodeId) {
        let Some(value) = self.values[id.0].as_mut() else { return };
        match value.slot {
            Some(_) => self.recorder.keep(value),
            None => *value = self.recorder.leaf(Arc::clone(&value.data), value.shape.clone()),
        }
    }

    /// Gives up one read of a kept activation; its other readers still find it.
    pub fn release(&mut self, id: NodeId) {
        drop(self.take(id));
    }

    /// Modifies the activation of a node that is still to be read.
    pub fn alter(&mut self, id: NodeId, change: impl FnOnce(&mut [f32])) {
        if let Some(value) = self.values[id.0].as_mut() {
            change(Arc::make_mut(&mut value.data).as_mut_slice());
        }
    }

    /// The activation of a node that is kept.
    pub fn value(&self, id: NodeId) -> Result<&Value, NetworkError> {
        let name = || self.network.graph().node(id).name.clone();
        self.values[id.0].as_ref().ok_or_else(|| NetworkError::NotKept { node: name() })
    }

    /// The activation of a node that is kept, as a plain array.
    pub fn activation(&self, id: NodeId) -> Result<Activation, NetworkError> {
        let value = self.value(id)?;
        let (images, height, width, channels) = match value.shape[..] {
            [images, height, width, channels] => (images, height, width, channels),
            [images, features] => (images, 1, 1, features),
            ref shape => (1, 1, 1, shape.iter().product()),
        };
        Ok(Activation { data: Arc::clone(&value.data), images, channels, height, width })
    }

    /// Class scores `[n, classes]`.
    ///
    /// # Errors
    /// A graph without a head.
    pub fn logits(&self) -> Result<&Value, NetworkError> {
        let output = self.network.graph().output();
        match self.network.graph().classes() {
            Some(_) => self.value(output),
            None => Err(NetworkError::NoLogits { node: self.network.graph().node(output).name.clone() }),
        }
    }

    /// Returns the statistics that the batch norms computed, and the tape for the backward pass.
    pub fn finish(self) -> (Vec<(NodeId, BatchStatistics)>, Recorder) {
        (self.statistics, self.recorder)
    }

    fn take(&mut self, id: NodeId) -> Option<Value> {
        self.reads[id.0] = self.reads[id.0].saturating_sub(1);
        match self.reads[id.0] {
            0 => self.values[id.0].take(),
            _ => self.values[id.0].clone(),
        }
    }
}
