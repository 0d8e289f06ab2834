use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{
    CosineSchedule, Interval, Keep, MethodSpec, OptimiserSpec, ScheduleSpec, SgdOptions, ValidationOptions,
    glob,
};
use crate::graph::{ParameterKind, ParameterSpec};

/// What batch norms do while the network trains.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum BatchNormMode {
    /// Batch statistics; scale and shift learn, running statistics follow.
    Free,
    /// Batch statistics, which the running ones follow; scale and shift stay.
    Statistics,
    /// Running statistics, which stay; scale and shift learn.
    Affine,
    /// Running statistics; nothing learns.
    Frozen,
}

/// Parameters that weight decay may pass over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum NoDecay {
    /// Scale and shift of batch norms.
    Bn,
    /// Biases of convolutions and linear layers.
    Bias,
}

/// Declares `[training]`, whose keys every stage may set anew, and the table of a stage, where all of them are optional.
macro_rules! training {
    ($( $(#[$doc:meta])* $field:ident: $type:ty = $default:expr; )+) => {
        /// How a network is trained: `[training]`, and what its stages inherit.
        #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
        #[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
        pub struct TrainingOptions {
            /// Images per step.
            pub batch: usize,
            /// Decay of the running average of weights and statistics that is judged and kept instead of the
            /// weights themselves; 0 for none. Early steps count for more, as in TensorFlow:
            /// `min(ema, (1 + steps) / (10 + steps))`.
            pub ema: f64,
            /// Training images held back to judge every epoch by.
            #[serde(skip_serializing_if = "Option::is_none")]
            pub validation: Option<ValidationOptions>,
            /// Which weights the network ends with.
            pub keep: Keep,
            /// How often the state of training is saved, to go on from after an interruption.
            pub checkpoint_every: Interval,
            $( $(#[$doc])* pub $field: $type, )+
            /// What is done one after another; one stage with the keys above when there are none.
            #[serde(skip_serializing_if = "Vec::is_empty")]
            pub stage: Vec<StageOptions>,
        }

        impl Default for TrainingOptions {
            fn default() -> Self {
                Self {
                    batch: 32,
                    ema: 0.0,
                    validation: None,
                    keep: Keep::Last,
                    checkpoint_every: Interval::default(),
                    $( $field: $default, )+
                    stage: Vec::new(),
                }
            }
        }

        /// `[[training.stage]]`: what differs from `[training]`.
        #[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
        #[serde(deny_unknown_fields, rename_all = "kebab-case")]
        pub struct StageOptions {
            /// What tables and figures call it.
            pub name: String,
            $(
                $(#[$doc])*
                #[serde(default, skip_serializing_if = "Option::is_none")]
                pub $field: Option<$type>,
            )+
        }

        impl StageOptions {
            /// `[training]` with this stage's keys in it.
            fn over(&self, base: &TrainingOptions) -> TrainingOptions {
                TrainingOptions {
                    $( $field: self.$field.clone().unwrap_or_else(|| base.$field.clone()), )+
                    stage: Vec::new(),
                    ..base.clone()
                }
            }
        }
    };
}

training! {
    /// Passes over the training images.
    epochs: usize = 30;
    /// `sgd`, `adam` or `adamw`.
    optimiser: OptimiserSpec = OptimiserSpec::Sgd(SgdOptions {});
    /// Learning rate the schedule starts from.
    lr: f64 = 0.05;
    /// Factors on the learning rate of the parameters whose name a pattern matches; several multiply.
    lr_multiplier: BTreeMap<String, f64> = BTreeMap::new();
    /// SGD's momentum, 0 for none.
    momentum: f64 = 0.9;
    /// Nesterov's momentum instead of the classic one.
    nesterov: bool = false;
    /// L2 penalty added to the gradients, as torch's SGD; `adamw` shrinks the weights themselves.
    weight_decay: f64 = 1e-4;
    /// What weight decay passes over: `bn`, `bias`.
    no_decay: Vec<NoDecay> = Vec::new();
    /// `constant`, `cosine` or `{ step = { every, gamma } }`.
    schedule: ScheduleSpec = ScheduleSpec::Cosine(CosineSchedule {});
    /// Epochs over which the learning rate rises linearly before the schedule starts; may be a fraction.
    warmup_epochs: f64 = 0.0;
    /// What batch norms do.
    bn: BatchNormMode = BatchNormMode::Free;
    /// Patterns of the names of the parameters that learn; batch norms answer to `bn` as well.
    train: Vec<String> = vec!["*".into()];
    /// Probability mass spread evenly over all classes (Szegedy et al. 2016).
    label_smoothing: f64 = 0.0;
    /// Every image is mixed with another one, its share drawn from Beta(mixup, mixup) (Zhang et al. 2018); 0 for none.
    /// A batch that `method` mixes already stays as it is.
    mixup: f64 = 0.0;
    /// `plain`, or what keeps the network from looking at an object's most telling part alone: `hide-and-seek`,
    /// `cutmix`, `adl`.
    method: MethodSpec = MethodSpec::default();
    /// Longest common L2 norm of all gradients, 0 for no limit.
    clip_norm: f64 = 0.0;
    /// Factor on the head's learning rate (wsolevaluation trains a new head 10 times as fast).
    head_lr_multiplier: f64 = 1.0;
}

/// One stage with everything it inherits.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Stage {
    /// What tables and figures call it.
    pub name: String,
    /// Its options; no stages in them.
    pub options: TrainingOptions,
}

impl TrainingOptions {
    /// What is done one after another: the stages, each with what it inherits.
    pub fn stages(&self) -> Vec<Stage> {
        if self.stage.is_empty() {
            return vec![Stage { name: "training".into(), options: self.clone() }];
        }
        let full = |stage: &StageOptions| Stage { name: stage.name.clone(), options: stage.over(self) };
        self.stage.iter().map(full).collect()
    }

    /// Epochs of all stages.
    pub fn all_epochs(&self) -> usize {
        self.stages().iter().map(|stage| stage.options.epochs).sum()
    }

    /// What the weights depend on, defaults spelled out: the options, or those of every stage by its place and name.
    pub fn numbers(&self) -> serde_json::Value {
        let options = Self { checkpoint_every: Interval::default(), ..self.clone() };
        if self.stage.is_empty() {
            return serde_json::json!(options);
        }
        let stages = options.stages().into_iter().enumerate();
        let named = stages.map(|(index, Stage { name, options })| (format!("{} {name}", index + 1), options));
        serde_json::json!(named.collect::<BTreeMap<_, _>>())
    }

    /// Whether a parameter learns, stages aside.
    pub fn trains(&self, spec: &ParameterSpec) -> bool {
        let mode = match spec.kind {
            kind if kind.is_buffer() => false,
            kind if kind.is_affine() => matches!(self.bn, BatchNormMode::Free | BatchNormMode::Affine),
            _ => true,
        };
        mode && self.train.iter().any(|pattern| glob::matches(pattern, &spec.name))
    }

    /// Whether weight decay reaches a parameter, stages aside.
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
