use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    DropoutOptions, Interval, Keep, LossSpec, Optimiser, Schedule, TrainingMethod, ValidationOptions, glob,
};
use crate::graph::{ParameterKind, ParameterSpec};

/// Behaviour of batch norms while the network is trained.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum BatchNormMode {
    /// Batch statistics; scale and shift are trained, running statistics are updated.
    Free,
    /// Batch statistics, running statistics are updated; scale and shift are fixed.
    Statistics,
    /// Running statistics, which are fixed; scale and shift are trained.
    Affine,
    /// Running statistics; everything is fixed.
    Frozen,
}

/// Parameters that can be excluded from weight decay.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum NoDecay {
    /// Scale and shift of batch norms.
    Bn,
    /// Biases of convolutions and linear layers.
    Bias,
}

/// Declares `[training]`, whose keys every stage may override, and the table of a stage, where all are
/// optional.
macro_rules! training {
    ($( $(#[$doc:meta])* $field:ident: $type:ty = $default:expr; )+) => {
        /// Training options: `[training]`, which its stages inherit.
        #[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
        #[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
        #[schemars(
            rename = "Training",
            bound = "O: Default + Serialize + JsonSchema, S: Default + Serialize + JsonSchema, \
                     M: Default + Serialize + JsonSchema"
        )]
        pub struct TrainingOptions<O = Optimiser, S = Schedule, M = TrainingMethod> {
            /// Images per step.
            pub batch: usize,
            /// `cross-entropy`, or for images with several labels `binary-cross-entropy` or `asymmetric`; the same for all
            /// stages.
            #[serde(skip_serializing_if = "LossSpec::is_cross_entropy")]
            pub loss: LossSpec,
            /// Decay of the moving average of weights and statistics that is evaluated and kept instead of
            /// the weights themselves; 0 for none. Early steps count for more, as in TensorFlow:
            /// `min(ema, (1 + steps) / (10 + steps))`.
            pub ema: f64,
            /// Training images held out to evaluate every epoch.
            #[serde(skip_serializing_if = "Option::is_none")]
            pub validation: Option<ValidationOptions>,
            /// Dropout layers, the same for all stages.
            #[serde(skip_serializing_if = "Option::is_none")]
            pub dropout: Option<DropoutOptions>,
            /// Epoch whose weights the network ends with.
            pub keep: Keep,
            /// Interval at which the training state is saved, to resume after an interruption.
            pub checkpoint_every: Interval,
            /// `sgd`, `adam` or `adamw`.
            pub optimiser: O,
            /// `constant`, `cosine` or `{ step = { every, gamma } }`.
            pub schedule: S,
            /// `plain`, or a method that keeps the network from relying on an object's most discriminative part
            /// alone: `hide-and-seek`, `cutmix`, `adl`.
            pub method: M,
            $( $(#[$doc])* pub $field: $type, )+
            /// Stages, run one after another; a single stage with the keys above if there are none.
            #[serde(skip_serializing_if = "Vec::is_empty")]
            pub stage: Vec<StageOptions<O, S, M>>,
        }

        impl<O: Default, S: Default, M: Default> Default for TrainingOptions<O, S, M> {
            fn default() -> Self {
                Self {
                    batch: 32,
                    loss: LossSpec::default(),
                    ema: 0.0,
                    validation: None,
                    dropout: None,
                    keep: Keep::Last,
                    checkpoint_every: Interval::default(),
                    optimiser: O::default(),
                    schedule: S::default(),
                    method: M::default(),
                    $( $field: $default, )+
                    stage: Vec::new(),
                }
            }
        }

        /// `[[training.stage]]`: the keys that differ from `[training]`.
        #[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
        #[serde(
            deny_unknown_fields,
            rename_all = "kebab-case",
            bound(deserialize = "O: Deserialize<'de>, S: Deserialize<'de>, M: Deserialize<'de>")
        )]
        #[schemars(rename = "TrainingStage", bound = "O: JsonSchema, S: JsonSchema, M: JsonSchema")]
        pub struct StageOptions<O = Optimiser, S = Schedule, M = TrainingMethod> {
            /// Name in tables and figures.
            pub name: String,
            /// As in `[training]`.
            #[serde(default, skip_serializing_if = "Option::is_none")]
            pub optimiser: Option<O>,
            /// As in `[training]`.
            #[serde(default, skip_serializing_if = "Option::is_none")]
            pub schedule: Option<S>,
            /// As in `[training]`.
            #[serde(default, skip_serializing_if = "Option::is_none")]
            pub method: Option<M>,
            $(
                $(#[$doc])*
                #[serde(default, skip_serializing_if = "Option::is_none")]
                pub $field: Option<$type>,
            )+
        }

        // Derived, it would ask the same of optimiser, schedule and method.
        impl<O, S, M> Default for StageOptions<O, S, M> {
            fn default() -> Self {
                Self { name: String::new(), optimiser: None, schedule: None, method: None, $( $field: None, )+ }
            }
        }

        impl<O: Clone, S: Clone, M: Clone> StageOptions<O, S, M> {
            /// `[training]` with this stage's keys applied.
            fn over(&self, base: &TrainingOptions<O, S, M>) -> TrainingOptions<O, S, M> {
                TrainingOptions {
                    $( $field: self.$field.clone().unwrap_or_else(|| base.$field.clone()), )+
                    optimiser: self.optimiser.clone().unwrap_or_else(|| base.optimiser.clone()),
                    schedule: self.schedule.clone().unwrap_or_else(|| base.schedule.clone()),
                    method: self.method.clone().unwrap_or_else(|| base.method.clone()),
                    stage: Vec::new(),
                    ..base.clone()
                }
            }
        }

        impl<O, S, M> TrainingOptions<O, S, M> {
            /// The same options for the trainer, with its own optimiser, schedule and method in place of those that a
            /// file names.
            pub fn resolved(&self) -> TrainingOptions
            where
                for<'a> Optimiser: From<&'a O>,
                for<'a> Schedule: From<&'a S>,
                for<'a> TrainingMethod: From<&'a M>,
            {
                let stage = |stage: &StageOptions<O, S, M>| StageOptions {
                    name: stage.name.clone(),
                    optimiser: stage.optimiser.as_ref().map(Optimiser::from),
                    schedule: stage.schedule.as_ref().map(Schedule::from),
                    method: stage.method.as_ref().map(TrainingMethod::from),
                    $( $field: stage.$field.clone(), )+
                };
                TrainingOptions {
                    batch: self.batch,
                    loss: self.loss.clone(),
                    ema: self.ema,
                    validation: self.validation.clone(),
                    dropout: self.dropout.clone(),
                    keep: self.keep,
                    checkpoint_every: self.checkpoint_every,
                    optimiser: Optimiser::from(&self.optimiser),
                    schedule: Schedule::from(&self.schedule),
                    method: TrainingMethod::from(&self.method),
                    $( $field: self.$field.clone(), )+
                    stage: self.stage.iter().map(stage).collect(),
                }
            }
        }
    };
}

training! {
    /// Passes over the training images.
    epochs: usize = 30;
    /// Learning rate at the start of the schedule.
    lr: f64 = 0.05;
    /// Factors on the learning rate of the parameters whose name a pattern matches; several multiply.
    lr_multiplier: BTreeMap<String, f64> = BTreeMap::new();
    /// SGD's momentum, 0 for none.
    momentum: f64 = 0.9;
    /// Nesterov's momentum instead of the classic one.
    nesterov: bool = false;
    /// L2 penalty added to the gradients, as in PyTorch's SGD; `adamw` decays the weights themselves.
    weight_decay: f64 = 1e-4;
    /// Parameters excluded from weight decay: `bn`, `bias`.
    no_decay: Vec<NoDecay> = Vec::new();
    /// Epochs over which the learning rate rises linearly before the schedule starts; may be a fraction.
    warmup_epochs: f64 = 0.0;
    /// Behaviour of batch norms.
    bn: BatchNormMode = BatchNormMode::Free;
    /// Patterns of the names of the parameters to train; for those of batch norms `bn` counts as well.
    train: Vec<String> = vec!["*".into()];
    /// Probability mass spread evenly over all classes (Szegedy et al. 2016).
    label_smoothing: f64 = 0.0;
    /// Every image is mixed with another one, its share drawn from Beta(mixup, mixup) (Zhang et al. 2018); 0
    /// for none. A batch that `method` has mixed already stays as it is.
    mixup: f64 = 0.0;
    /// Largest common L2 norm of all gradients, 0 for no limit.
    clip_norm: f64 = 0.0;
    /// Factor on the head's learning rate (wsolevaluation trains a new head 10 times as fast).
    head_lr_multiplier: f64 = 1.0;
}

/// One stage with all inherited options.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct TrainingStage<O = Optimiser, S = Schedule, M = TrainingMethod> {
    /// Name in tables and figures.
    pub name: String,
    /// Its options; their `stage` is empty.
    pub options: TrainingOptions<O, S, M>,
}

impl<O: Clone, S: Clone, M: Clone> TrainingOptions<O, S, M> {
    /// The stages in their order, each with its inherited options.
    pub fn stages(&self) -> Vec<TrainingStage<O, S, M>> {
        if self.stage.is_empty() {
            return vec![TrainingStage { name: "training".into(), options: self.clone() }];
        }
        let full = |stage: &StageOptions<O, S, M>| TrainingStage {
            name: stage.name.clone(),
            options: stage.over(self),
        };
        self.stage.iter().map(full).collect()
    }

    /// Number of epochs of all stages.
    pub fn all_epochs(&self) -> usize {
        self.stages().iter().map(|stage| stage.options.epochs).sum()
    }
}

impl<O: Clone + Serialize, S: Clone + Serialize, M: Clone + Serialize> TrainingOptions<O, S, M> {
    /// The options on which the weights depend, defaults spelled out: of `[training]`, or of every stage by
    /// its place and name.
    pub fn numbers(&self) -> serde_json::Value {
        let options = Self { checkpoint_every: Interval::default(), ..self.clone() };
        if self.stage.is_empty() {
            return serde_json::json!(options);
        }
        let stages = options.stages().into_iter().enumerate();
        let named =
            stages.map(|(index, TrainingStage { name, options })| (format!("{} {name}", index + 1), options));
        serde_json::json!(named.collect::<BTreeMap<_, _>>())
    }
}

impl TrainingOptions {
    /// True if a parameter is trained under these options, stages aside.
    pub fn trains(&self, spec: &ParameterSpec) -> bool {
        let mode = match spec.kind {
            kind if kind.is_buffer() => false,
            kind if kind.is_affine() => matches!(self.bn, BatchNormMode::Free | BatchNormMode::Affine),
            _ => true,
        };
        mode && self.train.iter().any(|pattern| glob::matches(pattern, &spec.name))
    }

    /// True if weight decay applies to a parameter, stages aside.
    pub fn decays(&self, kind: ParameterKind) -> bool {
        !self.no_decay.iter().any(|passed| match passed {
            NoDecay::Bn => kind.is_affine(),
            NoDecay::Bias => kind == ParameterKind::Bias,
        })
    }

    /// The factor of `lr-multiplier` on a parameter's learning rate, stages aside.
    pub fn multiplier(&self, name: &str) -> f64 {
        let matching = self.lr_multiplier.iter().filter(|(pattern, _)| glob::matches(pattern, name));
        matching.map(|(_, factor)| factor).product()
    }

    /// The learning rate of a step, counted from 0 over all epochs of a stage.
    pub fn learning_rate(&self, step: usize, steps_per_epoch: usize) -> f64 {
        let per_epoch = steps_per_epoch.max(1) as f64;
        let (step, warmup) = (step as f64, self.warmup_epochs * per_epoch);
        if step < warmup {
            return self.lr * (step + 1.0).min(warmup) / warmup;
        }
        let (done, total) = (step - warmup, self.epochs as f64 * per_epoch - warmup);
        self.lr * self.schedule.factor(done, total, step / per_epoch)
    }
}
