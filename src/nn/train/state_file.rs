//! The state of a training run as a safetensors file.

use std::sync::Arc;

use safetensors::tensor::TensorView;
use safetensors::{Dtype, SafeTensors};

use super::average::MovingAverage;
use super::state::{Best, TrainingState};
use super::{EpochRow, HeldOutResult, StepRow, TrainError, TrainingStage};
use crate::Network;

/// Content of a file.
pub(super) struct Saved {
    pub state: TrainingState,
    /// The network's values.
    pub values: Vec<Arc<Vec<f32>>>,
    /// Number of optimiser steps.
    pub count: u64,
    /// Optimiser state per parameter.
    pub moments: Vec<[Vec<f32>; 2]>,
}

/// Numbers per [`EpochRow`], and per [`StepRow`], in a file.
const EPOCH: usize = 9;
const STEP: usize = 7;

/// Encodes the state of a run as the bytes of a file; equal states have equal bytes.
pub(super) fn encode(
    state: &TrainingState,
    stages: &[TrainingStage],
    network: &Network,
    count: u64,
    moments: &[[Vec<f32>; 2]],
) -> Result<Vec<u8>, TrainError> {
    let place = |name: &str| stages.iter().position(|stage| stage.name == name).unwrap_or(0) as f64;
    let counters = [state.stage, state.epoch, state.batch, state.images, state.correct, state.waited];
    let averaged = state.average.as_ref().map_or(0, |average| average.steps);
    let best = state.best.as_ref().map(|best| best.score);
    let sums = [state.loss, state.seconds, or_nan(state.stage_best), or_nan(best)];
    let epochs = state.epochs.iter().flat_map(|row| {
        let (loss, accuracy) = (row.validation.map(|v| v.loss), row.validation.map(|v| v.accuracy));
        let (loss, accuracy) = (or_nan(loss), or_nan(accuracy));
        let (epoch, images) = (row.epoch as f64, row.images as f64);
        let numbers: [f64; EPOCH] = [
            place(&row.stage),
            epoch,
            row.learning_rate,
            row.loss,
            row.accuracy,
            loss,
            accuracy,
            images,
            row.seconds,
        ];
        numbers
    });
    let steps = state.steps.iter().flat_map(|row| {
        let (epoch, images) = (row.epoch as f64, row.images as f64);
        let numbers: [f64; STEP] =
            [place(&row.stage), epoch, row.learning_rate, row.loss, row.accuracy, images, row.seconds];
        numbers
    });
    let mut tensors: Vec<(String, Dtype, Vec<u8>)> = vec![
        ("counters".into(), Dtype::U64, {
            let counters = counters.iter().map(|counter| *counter as u64).chain([count, averaged]);
            counters.flat_map(u64::to_le_bytes).collect()
        }),
        ("sums".into(), Dtype::F64, sums.into_iter().flat_map(f64::to_le_bytes).collect()),
        ("epochs".into(), Dtype::F64, epochs.flat_map(f64::to_le_bytes).collect()),
        ("steps".into(), Dtype::F64, steps.flat_map(f64::to_le_bytes).collect()),
    ];
    let mut add = |group: &str, arrays: &mut dyn Iterator<Item = &[f32]>| {
        for (index, array) in arrays.enumerate() {
            let bytes = array.iter().flat_map(|value| value.to_le_bytes()).collect();
            tensors.push((format!("{group}/{index}"), Dtype::F32, bytes));
        }
    };
    add("network", &mut network.values().iter().map(|values| values.as_slice()));
    add("first", &mut moments.iter().map(|[first, _]| first.as_slice()));
    add("second", &mut moments.iter().map(|[_, second]| second.as_slice()));
    let average = state.average.iter().flat_map(|average| &average.values);
    add("average", &mut average.map(|values| values.as_slice()));
    let best = state.best.iter().flat_map(|best| &best.values);
    add("best", &mut best.map(|values| values.as_slice()));
    let fails = |error: safetensors::SafeTensorError| TrainError::State(error.to_string());
    let mut views = Vec::with_capacity(tensors.len());
    for (name, dtype, bytes) in &tensors {
        let len = bytes.len() * 8 / dtype.bitsize();
        views.push((name.as_str(), TensorView::new(*dtype, vec![len], bytes).map_err(fails)?));
    }
    safetensors::serialize(views, None).map_err(fails)
}

/// Decodes the bytes of [`encode`], and checks them against the network and the stages of the run.
pub(super) fn decode(bytes: &[u8], network: &Network, stages: &[TrainingStage]) -> Result<Saved, TrainError> {
    let damaged =
        |what: &str| TrainError::State(format!("its {what} do not match the network or its [training]"));
    let file = SafeTensors::deserialize(bytes).map_err(|error| TrainError::State(error.to_string()))?;
    let file = File { file, lengths: network.values().iter().map(|values| values.len()).collect() };
    let counters: Vec<usize> = file
        .words("counters")
        .into_iter()
        .map(|word| usize::try_from(u64::from_le_bytes(word)).unwrap_or(0))
        .collect();
    let &[stage, epoch, batch, images, correct, waited, count, averaged] = &counters[..] else {
        return Err(damaged("counters"));
    };
    let numbers = |name: &str| -> Vec<f64> { file.words(name).into_iter().map(f64::from_le_bytes).collect() };
    let &[loss, seconds, stage_best, best_score] = &numbers("sums")[..] else {
        return Err(damaged("sums"));
    };
    let (epochs, steps) = (numbers("epochs"), numbers("steps"));
    if stage > stages.len() || epochs.len() % EPOCH != 0 || steps.len() % STEP != 0 {
        return Err(damaged("rows"));
    }
    let name = |place: f64| stages.get(place as usize).map_or_else(String::new, |stage| stage.name.clone());
    let values = file.group("network").filter(|v| !v.is_empty()).ok_or_else(|| damaged("weights"))?;
    let average = file.group("average").ok_or_else(|| damaged("averages"))?;
    let best = file.group("best").ok_or_else(|| damaged("best weights"))?;
    let state = TrainingState {
        stage,
        epoch,
        batch,
        images,
        correct,
        loss,
        seconds,
        waited,
        stage_best: known(stage_best),
        best: (!best.is_empty()).then_some(Best { score: best_score, values: best }),
        average: (!average.is_empty()).then_some(MovingAverage { values: average, steps: averaged as u64 }),
        epochs: epochs.chunks_exact(EPOCH).map(|row| epoch_row(row, name(row[0]))).collect(),
        steps: (1..)
            .zip(steps.chunks_exact(STEP))
            .map(|(step, row)| step_row(row, step, name(row[0])))
            .collect(),
    };
    let moments = file.moments().ok_or_else(|| damaged("moments"))?;
    Ok(Saved { state, values, count: count as u64, moments })
}

fn epoch_row(row: &[f64], stage: String) -> EpochRow {
    let validation = known(row[5]).zip(known(row[6]));
    EpochRow {
        stage,
        epoch: row[1] as usize,
        learning_rate: row[2],
        loss: row[3],
        accuracy: row[4],
        validation: validation.map(|(loss, accuracy)| HeldOutResult { loss, accuracy }),
        images: row[7] as usize,
        seconds: row[8],
    }
}

fn step_row(row: &[f64], step: usize, stage: String) -> StepRow {
    StepRow {
        stage,
        epoch: row[1] as usize,
        step,
        learning_rate: row[2],
        loss: row[3],
        accuracy: row[4],
        images: row[5] as usize,
        seconds: row[6],
    }
}

/// NaN for a number that is absent.
fn or_nan(number: Option<f64>) -> f64 {
    number.unwrap_or(f64::NAN)
}

fn known(number: f64) -> Option<f64> {
    (!number.is_nan()).then_some(number)
}

struct File<'a> {
    file: SafeTensors<'a>,
    /// Number of elements of each of the network's values.
    lengths: Vec<usize>,
}

impl File<'_> {
    /// The 8-byte words of a tensor; none if it is absent.
    fn words(&self, name: &str) -> Vec<[u8; 8]> {
        let view = self.file.tensor(name);
        view.map(|view| view.data().as_chunks::<8>().0.to_vec()).unwrap_or_default()
    }

    /// The numbers of a tensor, if it is present.
    fn array(&self, name: &str) -> Option<Vec<f32>> {
        let view = self.file.tensor(name).ok().filter(|view| view.dtype() == Dtype::F32)?;
        let (words, _) = view.data().as_chunks::<4>();
        Some(words.iter().map(|word| f32::from_le_bytes(*word)).collect())
    }

    /// A set of values like the network's; empty if absent, `None` for one of another network.
    fn group(&self, name: &str) -> Option<Vec<Arc<Vec<f32>>>> {
        if self.array(&format!("{name}/0")).is_none() {
            return Some(Vec::new());
        }
        let fitting = |(index, length): (usize, &usize)| {
            self.array(&format!("{name}/{index}")).filter(|array| array.len() == *length).map(Arc::new)
        };
        self.lengths.iter().enumerate().map(fitting).collect()
    }

    /// Optimiser state, as many pairs as there are.
    fn moments(&self) -> Option<Vec<[Vec<f32>; 2]>> {
        let mut all = Vec::new();
        while let Some(first) = self.array(&format!("first/{}", all.len())) {
            all.push([first, self.array(&format!("second/{}", all.len()))?]);
        }
        Some(all)
    }
}
