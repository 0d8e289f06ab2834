use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Target;
use camlab_parts::cam::{CamSpec, Combine};

/// Options that apply to the maps of any method: those of a `[[maps]]` group besides methods and layers, defaults
/// resolved.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
pub struct MapOptions {
    /// The target class.
    pub target: Target,
    /// Correction of the image by gradient ascent, before the map is computed.
    pub refine: Option<Refine>,
    /// Average over flipped and scaled versions of the image.
    pub aug_smooth: bool,
    /// First principal component instead of the sum over channels.
    pub eigen_smooth: bool,
    /// Negative values set to 0.
    pub relu: bool,
    /// Rule to combine the maps of several layers; `None` for a single layer.
    pub combine: Option<Combine>,
    /// Scaling of maps before they are combined.
    pub normalise: JoinScaling,
}

/// Correction of the image by gradient ascent on its pixels, before the map is computed (step A7 of the source
/// article). A step that does not raise the target's logit is undone and the step length halved, so that the logit
/// never decreases.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Refine {
    /// Number of gradient steps.
    pub steps: usize,
    /// Length of a step, as a fraction of the image's range (largest minus smallest value).
    pub step_size: f32,
    /// Norm in which `step-size` is measured.
    pub norm: StepNorm,
    /// Keep every pixel within the values that a photograph can have, black to white in each channel.
    pub clamp: bool,
}

impl Default for Refine {
    fn default() -> Self {
        Self { steps: 5, step_size: 0.01, norm: StepNorm::default(), clamp: true }
    }
}

/// Norm of a gradient step.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum StepNorm {
    /// Root mean square over the pixels; steps follow the gradient.
    #[default]
    L2,
    /// Largest change of a pixel; steps follow the signs of the gradient (Goodfellow et al. 2015).
    Linf,
}

/// Scaling of maps before they are combined over layers, augmented images or classes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum JoinScaling {
    /// To [0, 1]: `(x - min) / (max - min)`.
    #[default]
    MinMax,
    /// Division by the largest value; a map without a positive value becomes 0.
    Max,
    /// No scaling.
    None,
}

impl MapOptions {
    /// `true` if several maps of an image are combined into one, at the input's size.
    pub fn joins(&self) -> bool {
        self.combine.is_some() || self.aug_smooth || self.target.joins()
    }

    /// Name in frames and tables of a method with these options: the method's name and, in brackets, all options that
    /// differ from the defaults (the target: from the experiment's).
    pub fn title(&self, method: &CamSpec, experiment: &Target) -> String {
        let mut words = method.changed();
        words.extend(self.words(experiment));
        match words.is_empty() {
            true => method.name().to_string(),
            false => format!("{} ({})", method.name(), words.join(", ")),
        }
    }

    fn words(&self, experiment: &Target) -> Vec<String> {
        let mut words = Vec::new();
        if self.target != *experiment {
            words.push(self.target.to_string());
        }
        if let Some(Refine { steps, step_size, norm, clamp }) = self.refine {
            let norm = if norm == StepNorm::L2 { "" } else { " linf" };
            let clamp = if clamp { "" } else { " unclamped" };
            words.push(format!("refine {steps} x {step_size}{norm}{clamp}"));
        }
        let flags =
            [("aug-smooth", self.aug_smooth), ("eigen-smooth", self.eigen_smooth), ("relu", self.relu)];
        words.extend(flags.iter().filter(|(_, set)| *set).map(|(name, _)| (*name).to_string()));
        // `Mean` needs no word: the layer's name, `a+b`, shows that layers are combined.
        words.extend(match self.combine {
            Some(Combine::Max) => Some("max".into()),
            Some(Combine::Product) => Some("product".into()),
            Some(Combine::Mean) | None => None,
        });
        words.extend(match (self.joins(), self.normalise) {
            (true, JoinScaling::Max) => Some("scaled by max".into()),
            (true, JoinScaling::None) => Some("unscaled".into()),
            _ => None,
        });
        words
    }
}
