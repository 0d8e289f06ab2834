use std::sync::Arc;

use rayon::prelude::*;

/// The exponential moving average of weights and statistics.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct MovingAverage {
    /// In the order of the network's values.
    pub values: Vec<Arc<Vec<f32>>>,
    /// Number of updates.
    pub steps: u64,
}

impl MovingAverage {
    /// An average that starts at these values.
    pub fn new(values: &[Arc<Vec<f32>>]) -> Self {
        Self { values: values.to_vec(), steps: 0 }
    }

    /// Moves towards `values`: `d average + (1 - d) values` with `d = min(decay, (1 + steps) / (10 + steps))`.
    pub fn follow(&mut self, values: &[Arc<Vec<f32>>], decay: f64) {
        self.steps += 1;
        let steps = self.steps as f64;
        let decay = decay.min((1.0 + steps) / (10.0 + steps)) as f32;
        self.values.par_iter_mut().zip(values).for_each(|(average, value)| {
            for (average, value) in Arc::make_mut(average).iter_mut().zip(value.iter()) {
                // An infinite statistic of a checkpoint would stay infinite.
                *average = match average.is_infinite() {
                    true => *value,
                    false => decay * *average + (1.0 - decay) * value,
                };
            }
        });
    }
}
