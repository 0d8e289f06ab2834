use super::ExplainError;
use super::prediction::most_probable;
use std::sync::Arc;

use camlab_config::{ClassWeights, Target, TargetClasses};
use camlab_data::Dataset;

/// Labels that code outside the evaluation may read. Available only with `data.labels = "known"`; the passes have no
/// other access to labels.
pub struct KnownLabels(Arc<dyn Dataset>);

impl KnownLabels {
    /// The labels of `set`, which the experiment declares known.
    pub fn new(set: &Arc<dyn Dataset>) -> Self {
        Self(set.clone())
    }

    /// The label of the image at `index` of the data set.
    pub fn label(&self, index: usize) -> usize {
        self.0.label(index)
    }
}

/// Rule for the classes that an image's map is made for.
pub enum TargetRule {
    /// The true class.
    Label(KnownLabels),
    /// The most probable class.
    Predicted,
    /// The same class for every image.
    Class(usize),
    /// The given number of most probable classes, weighted.
    Ranked(usize, ClassWeights),
}

/// A target class and the weight of its map.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Pick {
    /// Class index.
    pub class: usize,
    /// The weights of an image sum to 1.
    pub weight: f32,
}

impl TargetRule {
    /// Resolves `target` against the names of the classes.
    ///
    /// # Errors
    /// An unknown class, more classes than there are, `target = "label"` without known labels.
    pub fn new(
        target: &Target,
        classes: &[String],
        labels: Option<KnownLabels>,
    ) -> Result<Self, ExplainError> {
        Ok(match target.choice().classes() {
            TargetClasses::Label => Self::Label(labels.ok_or_else(|| {
                ExplainError(
                    "`target = \"label\"` needs `data.labels = \"known\"`; or write `target = \"predicted\"`"
                        .into(),
                )
            })?),
            TargetClasses::Predicted => Self::Predicted,
            TargetClasses::Named(name) => Self::Class(class_of(name, classes)?),
            TargetClasses::Ranked { count, key, weights } => {
                let count = count.map_or(classes.len(), |count| count.get());
                Self::Ranked(within(count, classes.len(), key)?, weights)
            }
        })
    }

    /// The target classes of each image of a batch, the same number for each; result rows name the first. `logits` is
    /// `[images, classes]`, `indices` are the images' indices in the data set.
    pub fn choose(&self, logits: &[f32], indices: &[usize]) -> Vec<Vec<Pick>> {
        let classes = logits.len() / indices.len();
        let one = |class: usize| vec![Pick { class, weight: 1.0 }];
        match self {
            Self::Label(labels) => indices.iter().map(|index| one(labels.label(*index))).collect(),
            Self::Predicted => logits.chunks_exact(classes).map(|row| one(most_probable(row))).collect(),
            Self::Class(class) => indices.iter().map(|_| one(*class)).collect(),
            Self::Ranked(count, weights) => {
                logits.chunks_exact(classes).map(|row| ranked(row, *count, *weights)).collect()
            }
        }
    }
}

/// The most probable classes with their weights; on a tie the lower index first.
fn ranked(logits: &[f32], count: usize, weights: ClassWeights) -> Vec<Pick> {
    let mut order: Vec<usize> = (0..logits.len()).collect();
    order.sort_by(|a, b| logits[*b].total_cmp(&logits[*a]));
    order.truncate(count);
    let most = order.first().map_or(0.0, |class| logits[*class]);
    let share = |class: usize| match weights {
        ClassWeights::Uniform => 1.0,
        ClassWeights::Probability => f64::from(logits[class] - most).exp(),
    };
    let total: f64 = order.iter().map(|class| share(*class)).sum();
    order.iter().map(|class| Pick { class: *class, weight: (share(*class) / total) as f32 }).collect()
}

fn within(count: usize, classes: usize, key: &str) -> Result<usize, ExplainError> {
    if count <= classes {
        return Ok(count);
    }
    Err(ExplainError(format!(
        "target {key} = {count} is more than the {classes} classes; use at most {classes}"
    )))
}

/// Index of a class given by its name or its number.
///
/// # Errors
/// An unknown class; the message suggests a similar name.
pub fn class_of(name: &str, classes: &[String]) -> Result<usize, ExplainError> {
    let found = classes.iter().position(|class| class == name).or_else(|| name.parse().ok());
    if let Some(class) = found.filter(|class| *class < classes.len()) {
        return Ok(class);
    }
    let near = camlab_base::registry::closest(name, classes.iter().map(String::as_str));
    let hint = near.map_or_else(
        || format!("use a name or a number less than {}", classes.len()),
        |near| format!("did you mean `{near}`?"),
    );
    Err(ExplainError(format!("no class `{name}`; {hint}")))
}
