use std::sync::Arc;
use std::time::Instant;

use super::average::MovingAverage;
use super::mix::disturb;
use super::state::{Best, TrainingState};
use super::state_file::{Saved, decode, encode};
use super::{
    DataError, EpochRow, Interval, Keep, LabelledBatch, Learner, SoftTargets, StepRow, TrainError,
    TrainingOptions, TrainingStage, evaluate,
};
use crate::{Images, Network};
use camlab_base::random::derive;

/// Loss above which training has diverged: chance level for a million classes is 14 nats.
const EXPLODED: f32 = 1e4;

/// Iterator over batches.
pub type BatchSource = Box<dyn Iterator<Item = Result<LabelledBatch, DataError>>>;

/// The caller's side of a training run: supplies the images, and receives progress and states.
pub trait Host {
    /// Batches of an epoch (from 0, over all stages), without the first `from`. One may be empty; it counts.
    ///
    /// Everything random (order, augmentation) is in here, and depends on epoch and image alone, so that a
    /// run that was interrupted and resumed gets the same batches as one that was not.
    ///
    /// # Errors
    /// When they cannot be made.
    fn batches(&mut self, epoch: usize, from: usize) -> Result<BatchSource, DataError>;

    /// The held-out images; called only under `validation`.
    ///
    /// # Errors
    /// When they cannot be made.
    fn held_back(&mut self) -> Result<BatchSource, DataError> {
        Ok(Box::new(std::iter::empty()))
    }

    /// Teachers' class scores of a batch's images as the network receives them, after hiding and mixing.
    ///
    /// # Errors
    /// When they cannot be computed.
    fn soft_targets(&mut self, _images: &Images) -> Result<Option<SoftTargets>, DataError> {
        Ok(None)
    }

    /// Called before an epoch, with its stage.
    fn on_stage(&mut self, _stage: &TrainingStage) {}

    /// Called after a step.
    fn on_step(&mut self, _row: &StepRow) {}

    /// Called after an epoch.
    fn on_epoch(&mut self, _row: &EpochRow) {}

    /// `true` once the training is to end early; asked after every step.
    fn stops(&self) -> bool {
        false
    }

    /// Saves a training state; called at `checkpoint-every`, and before the training ends early.
    ///
    /// # Errors
    /// When it cannot be written.
    fn save(&mut self, _state: Vec<u8>) -> Result<(), DataError> {
        Ok(())
    }
}

/// Result of a training run, in addition to the network.
#[derive(Debug, Clone, PartialEq)]
pub struct Trained {
    /// All epochs.
    pub epochs: Vec<EpochRow>,
    /// All steps.
    pub steps: Vec<StepRow>,
    /// Weights and statistics after the last epoch, in the network's order.
    pub last: Vec<Arc<Vec<f32>>>,
    /// Those of the best epoch by validation, under `validation`.
    pub best: Option<Vec<Arc<Vec<f32>>>>,
}

/// A training run: stages of epochs of steps, which can be saved after any step and resumed from there.
pub struct Trainer<'a> {
    network: &'a mut Network,
    options: &'a TrainingOptions,
    stages: Vec<TrainingStage>,
    steps_per_epoch: usize,
    learner: Option<Learner>,
    state: TrainingState,
    saved: Instant,
    seed: u64,
    /// Number of running statistics that are infinite: variances beyond the range of a checkpoint's F16.
    infinite: usize,
    /// Number of epochs, over all stages, after which the run pauses.
    pause: Option<usize>,
}

/// Numbers of a network's running statistics that are infinite, and of its other values that are not finite.
fn infinite_values(network: &Network) -> (usize, usize) {
    let (mut statistics, mut others) = (0, 0);
    for (spec, values) in network.specs().iter().zip(network.values()) {
        for value in values.iter().filter(|value| !value.is_finite()) {
            match spec.kind.is_buffer() && value.is_infinite() {
                true => statistics += 1,
                false => others += 1,
            }
        }
    }
    (statistics, others)
}

impl<'a> Trainer<'a> {
    /// Starts with `network` as it is; `steps_per_epoch` batches are expected of the host, as schedules
    /// advance with every step.
    ///
    /// # Errors
    /// [`TrainError`] for options out of range, or patterns that match nothing.
    pub fn new(
        network: &'a mut Network,
        options: &'a TrainingOptions,
        steps_per_epoch: usize,
    ) -> Result<Self, TrainError> {
        options.check()?;
        options.check_names(network.specs())?;
        options.check_layers(network.graph())?;
        let average = (options.ema > 0.0).then(|| MovingAverage::new(network.values()));
        let state = TrainingState { average, ..TrainingState::default() };
        let (stages, saved) = (options.stages(), Instant::now());
        let (infinite, _) = infinite_values(network);
        Ok(Self {
            network,
            options,
            stages,
            steps_per_epoch,
            learner: None,
            state,
            saved,
            seed: 0,
            infinite,
            pause: None,
        })
    }

    /// Sets the seed of the draws in training itself: mixing, hiding, dropping. Draws are named by stage,
    /// epoch and step, so a resumed run makes the same ones.
    pub fn seeded(self, seed: u64) -> Self {
        Self { seed, ..self }
    }

    /// Pauses the run after a number of epochs over all stages: [`Self::run`] then saves the state and returns the network
    /// as it is. Schedules are those of the whole run, so that a run resumed from this state ends with the same bits as one
    /// without a pause.
    pub fn pausing(self, epochs: Option<usize>) -> Self {
        Self { pause: epochs, ..self }
    }

    /// Creates the learner of a stage.
    fn learner(&self, network: &Network, stage: &TrainingStage, place: usize) -> Result<Learner, TrainError> {
        Ok(Learner::new(network, &stage.options)?.seeded(derive(self.seed, &format!("stage/{place}"))))
    }

    /// Resumes from a state that was passed to [`Host::save`].
    ///
    /// # Errors
    /// [`TrainError::State`] if it is of another network or damaged; nothing has changed then.
    pub fn resume(&mut self, saved: &[u8]) -> Result<(), TrainError> {
        let Saved { state, values, count, moments } = decode(saved, self.network, &self.stages)?;
        if state.average.is_some() != (self.options.ema > 0.0) {
            return Err(TrainError::State("it was saved with another training.ema".into()));
        }
        let learner = match self.stages.get(state.stage) {
            Some(stage) => {
                let mut network = self.network.clone();
                assign(&mut network, &values)?;
                let mut learner = self.learner(&network, stage, state.stage)?;
                learner.remember(count, moments)?;
                Some(learner)
            }
            None => None,
        };
        assign(self.network, &values)?;
        (self.state, self.learner) = (state, learner);
        Ok(())
    }

    /// Number of steps so far.
    pub fn steps_done(&self) -> usize {
        self.state.steps.len()
    }

    /// Runs to the end, or to its pause; the network then has the weights to keep.
    ///
    /// # Errors
    /// [`TrainError`]: batches that do not fit the network, a loss that is not finite or too large, or a host
    /// that fails.
    pub fn run(mut self, host: &mut dyn Host) -> Result<Trained, TrainError> {
        let mut pauses = false;
        while let Some(stage) = self.stages.get(self.state.stage).cloned() {
            pauses = self.pauses();
            if !pauses && self.state.epoch >= stage.options.epochs {
                self.state.next_stage();
                self.learner = None;
                continue;
            }
            let mut learner = match self.learner.take() {
                Some(learner) => learner,
                None => self.learner(self.network, &stage, self.state.stage)?,
            };
            if pauses {
                self.save(Some(&learner), host)?;
                break;
            }
            self.epoch(&stage, &mut learner, host)?;
            self.learner = Some(learner);
        }
        if self.pause.is_some() && !pauses {
            // Ended by early stopping before its pause: whoever resumes it has nothing left to do.
            self.save(None, host)?;
        }
        let last = self.evaluated().to_vec();
        let best = self.state.best.map(|best| best.values);
        let kept = match (self.options.keep, &best) {
            (Keep::Best, Some(best)) => best,
            _ => &last,
        };
        assign(self.network, kept)?;
        Ok(Trained { epochs: self.state.epochs, steps: self.state.steps, last, best })
    }

    /// Runs one epoch, or the rest of it.
    fn epoch(
        &mut self,
        stage: &TrainingStage,
        learner: &mut Learner,
        host: &mut dyn Host,
    ) -> Result<(), TrainError> {
        let number = self.state.epochs.len() + 1;
        let options = &stage.options;
        let first = self.state.epoch * self.steps_per_epoch;
        let failed = |source| TrainError::Data { epoch: number, source };
        host.on_stage(stage);
        let batches = host.batches(number - 1, self.state.batch).map_err(failed)?;
        let mut lr = options.learning_rate(first + self.state.batch.saturating_sub(1), self.steps_per_epoch);
        let mut started = Instant::now();
        for batch in batches {
            let mut batch = batch.map_err(failed)?;
            lr = options.learning_rate(first + self.state.batch, self.steps_per_epoch);
            self.state.batch += 1;
            if batch.labels.is_empty() {
                continue;
            }
            disturb(&mut batch, options, self.seed, &format!("{number}/{}", self.state.batch));
            if batch.soft.is_none() {
                batch.soft = host.soft_targets(&batch.images).map_err(failed)?;
            }
            let result = learner.step(self.network, &batch, lr)?;
            if !result.loss.is_finite() || result.loss > EXPLODED {
                return Err(self.diverged(stage, lr, result.loss));
            }
            if let Some(average) = &mut self.state.average {
                average.follow(self.network.values(), self.options.ema);
            }
            let images = batch.labels.len();
            let row = StepRow {
                stage: stage.name.clone(),
                epoch: number,
                step: self.state.steps.len() + 1,
                learning_rate: lr,
                loss: f64::from(result.loss),
                accuracy: result.correct as f64 / images as f64,
                images,
                seconds: started.elapsed().as_secs_f64(),
            };
            started = Instant::now();
            host.on_step(&row);
            self.state.count(row, result.correct);
            let due = match self.options.checkpoint_every {
                Interval::Steps(every) => self.state.steps.len().is_multiple_of(every),
                Interval::Minutes(minutes) => self.saved.elapsed().as_secs_f64() >= 60.0 * minutes,
                Interval::Epochs(_) => false,
            };
            let stops = host.stops();
            if due || stops {
                self.save(Some(learner), host)?;
            }
            if stops {
                return Err(TrainError::Stopped { step: self.state.steps.len() });
            }
        }
        if self.state.images == 0 {
            return Err(TrainError::NoBatches { epoch: number });
        }
        let (statistics, others) = infinite_values(self.network);
        if statistics > self.infinite || others > 0 {
            return Err(self.diverged(stage, lr, f32::NAN));
        }
        self.infinite = statistics;
        let validation = self.validate(number, host)?;
        let learning_rate = options.learning_rate(first, self.steps_per_epoch);
        let row = self.state.finish_epoch(stage, learning_rate, validation);
        host.on_epoch(&row);
        let patience = self.options.validation.as_ref().and_then(|validation| validation.patience);
        if patience.is_some_and(|patience| self.state.waited >= patience) {
            self.state.epoch = options.epochs;
        }
        if matches!(self.options.checkpoint_every, Interval::Epochs(every) if number.is_multiple_of(every)) {
            self.save(Some(learner), host)?;
        }
        Ok(())
    }

    /// Evaluates the network after an epoch, and keeps its weights if it is the best so far.
    fn validate(
        &mut self,
        epoch: usize,
        host: &mut dyn Host,
    ) -> Result<Option<super::HeldOutResult>, TrainError> {
        let Some(options) = &self.options.validation else { return Ok(None) };
        let batches = host.held_back().map_err(|source| TrainError::Data { epoch, source })?;
        let mut network = self.network.clone();
        let values = self.evaluated().to_vec();
        assign(&mut network, &values)?;
        let result =
            evaluate(&network, batches, epoch, &self.options.loss)?.ok_or(TrainError::NothingHeldBack)?;
        let score = result.score(options.metric);
        self.state.waited += 1;
        if self.state.stage_best.is_none_or(|best| score > best) {
            (self.state.stage_best, self.state.waited) = (Some(score), 0);
        }
        if self.state.best.as_ref().is_none_or(|best| score > best.score) {
            self.state.best = Some(Best { score, values });
        }
        Ok(Some(result))
    }

    /// `true` between two epochs of which the first is the last before the pause.
    fn pauses(&self) -> bool {
        self.state.batch == 0 && self.pause.is_some_and(|pause| self.state.epochs.len() >= pause)
    }

    /// Weights that are evaluated and kept: the moving average, or the network's own.
    fn evaluated(&self) -> &[Arc<Vec<f32>>] {
        self.state.average.as_ref().map_or(self.network.values(), |average| &average.values)
    }

    /// Hands the state over; without a learner between two stages.
    fn save(&mut self, learner: Option<&Learner>, host: &mut dyn Host) -> Result<(), TrainError> {
        let (count, moments) = learner.map(Learner::memory).unwrap_or_default();
        let bytes = encode(&self.state, &self.stages, self.network, count, &moments)?;
        host.save(bytes).map_err(TrainError::Save)?;
        self.saved = Instant::now();
        Ok(())
    }

    fn diverged(&self, stage: &TrainingStage, lr: f64, loss: f32) -> TrainError {
        let (epoch, step) = (self.state.epochs.len() + 1, self.state.batch);
        TrainError::Diverged { stage: stage.name.clone(), epoch, step, lr, loss }
    }
}

fn assign(network: &mut Network, values: &[Arc<Vec<f32>>]) -> Result<(), TrainError> {
    for (index, value) in values.iter().enumerate() {
        network.set_at(index, value.to_vec())?;
    }
    Ok(())
}
