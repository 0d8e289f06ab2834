use serde::{Deserialize, Serialize};

use super::Target;
use camlab_parts::cam::{CamSpec, Combine};

/// How maps are made, whatever the method: what a `[[maps]]` group says beside methods and layers, defaults spelled
/// out.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct MapOptions {
    /// The class that maps are made for.
    pub target: Target,
    /// The image corrected first.
    pub refine: Option<Refine>,
    /// The mean over flipped and scaled images.
    pub aug_smooth: bool,
    /// The first principal component of what the method sums.
    pub eigen_smooth: bool,
    /// Negative values cut off.
    pub relu: bool,
    /// How several layers are joined; `None` where there is one.
    pub combine: Option<Combine>,
    /// How maps are scaled before any are joined.
    pub normalise: JoinScaling,
}

/// Before the map is taken, the image is corrected so that the target's score grows (A7): gradient ascent on the
/// pixels. A step that does not raise the score is taken back and halved, so that it never falls.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Refine {
    /// Steps along the gradient.
    pub steps: usize,
    /// How far one goes, as a part of the image's range (largest less smallest number).
    pub step_size: f32,
    /// What `step-size` measures.
    pub norm: StepNorm,
}

impl Default for Refine {
    fn default() -> Self {
        Self { steps: 5, step_size: 0.01, norm: StepNorm::default() }
    }
}

/// How the length of a step is measured.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum StepNorm {
    /// The root mean square over the pixels: along the gradient.
    #[default]
    L2,
    /// The largest change of any: along the gradient's signs (Goodfellow et al. 2015).
    Linf,
}

/// How maps are scaled before they are joined: over layers, augmented images, classes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum JoinScaling {
    /// To [0, 1]: `(x - min) / (max - min)`.
    #[default]
    MinMax,
    /// By the largest value, 0 staying 0; a map without a positive value becomes 0.
    Max,
    /// Not at all.
    None,
}

impl MapOptions {
    /// Whether several maps of an image become one, so that they are brought to the input's size.
    pub fn joins(&self) -> bool {
        self.combine.is_some() || self.aug_smooth || self.target.joins()
    }

    /// Names what maps must have in common for one set of passes to serve them.
    pub fn shared(&self) -> String {
        let parts = (&self.target, &self.refine, self.aug_smooth);
        serde_json::to_string(&parts).unwrap_or_default()
    }

    /// What frames and tables call a method that looks so: its name, and in brackets what differs from the defaults;
    /// the target where it is not the experiment's.
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
        if let Some(Refine { steps, step_size, norm }) = self.refine {
            let norm = if norm == StepNorm::L2 { "" } else { " linf" };
            words.push(format!("refine {steps} x {step_size}{norm}"));
        }
        let flags =
            [("aug-smooth", self.aug_smooth), ("eigen-smooth", self.eigen_smooth), ("relu", self.relu)];
        words.extend(flags.iter().filter(|(_, set)| *set).map(|(name, _)| (*name).to_string()));
        // How layers are joined is told by the method where it joins them itself.
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
