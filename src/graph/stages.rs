use std::collections::{BinaryHeap, HashMap};

use std::cmp::Reverse;

use super::{Stage, StageKey};

/// The stages of a run, each once, inputs before the stages that read them.
#[derive(Debug, Clone, Default)]
pub struct Stages {
    all: Vec<Stage>,
    index: HashMap<StageKey, usize>,
    /// Indices of the stages that each one reads.
    inputs: Vec<Vec<usize>>,
}

impl Stages {
    /// Index of a stage, added if there is no equal one yet. Its inputs must have been added before; inputs that are
    /// no stages of this run are taken to be in the store.
    pub fn add(&mut self, stage: Stage) -> usize {
        if let Some(index) = self.index.get(&stage.key) {
            return *index;
        }
        let inputs = stage.spec.reads().filter_map(|input| self.index.get(&input.key).copied()).collect();
        self.index.insert(stage.key.clone(), self.all.len());
        self.inputs.push(inputs);
        self.all.push(stage);
        self.all.len() - 1
    }

    /// The stage at an index.
    pub fn get(&self, index: usize) -> &Stage {
        &self.all[index]
    }

    /// Index of the stage with a key.
    pub fn find(&self, key: &StageKey) -> Option<usize> {
        self.index.get(key).copied()
    }

    /// All stages, inputs first.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &Stage> + DoubleEndedIterator {
        self.all.iter()
    }

    /// Number of stages.
    pub fn len(&self) -> usize {
        self.all.len()
    }

    /// `true` without any stage.
    pub fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    /// Indices of the stages that a stage reads.
    pub fn inputs(&self, index: usize) -> &[usize] {
        &self.inputs[index]
    }

    /// All indices, inputs first; among stages that could come next, the one of the lowest rank, then the one that was
    /// added first.
    pub fn ordered(&self, rank: impl Fn(&Stage) -> usize) -> Vec<usize> {
        let mut readers: Vec<Vec<usize>> = vec![Vec::new(); self.all.len()];
        let mut open: Vec<usize> = Vec::with_capacity(self.all.len());
        for (index, inputs) in self.inputs.iter().enumerate() {
            open.push(inputs.len());
            inputs.iter().for_each(|input| readers[*input].push(index));
        }
        let entry = |index: usize| Reverse((rank(&self.all[index]), index));
        let mut next: BinaryHeap<_> = (0..self.all.len()).filter(|i| open[*i] == 0).map(entry).collect();
        let mut order = Vec::with_capacity(self.all.len());
        while let Some(Reverse((_, index))) = next.pop() {
            order.push(index);
            for reader in &readers[index] {
                open[*reader] -= 1;
                if open[*reader] == 0 {
                    next.push(entry(*reader));
                }
            }
        }
        order
    }
}
