use std::sync::Arc;

use super::StageError;
use super::map_file::Prediction;
use crate::parts::dataset::Dataset;
use crate::spec::{Experiment, Labels, Target};

/// Labels that something beside the evaluation may know: there are none where they are declared unknown, and the passes
/// see labels in no other way.
pub(super) struct KnownLabels(Arc<dyn Dataset>);

impl KnownLabels {
    /// The test images' labels, if the experiment lets them be known.
    pub fn of(experiment: &Experiment, set: &Arc<dyn Dataset>) -> Option<Self> {
        (experiment.data.labels == Labels::Known).then(|| Self(set.clone()))
    }

    /// The label of the image at a place of the data set.
    pub fn label(&self, index: usize) -> usize {
        self.0.label(index)
    }
}

/// Which class a map is made for.
pub(super) enum TargetRule {
    Label(KnownLabels),
    Predicted,
    Class(usize),
    /// The classes of a batch, one by one.
    Given(Vec<usize>),
}

impl TargetRule {
    pub fn new(target: &Target, classes: &[String], labels: Option<KnownLabels>) -> Result<Self, StageError> {
        Ok(match target {
            Target::Label => Self::Label(labels.ok_or_else(|| {
                StageError::Input("maps of unknown labels; write target = \"predicted\"".into())
            })?),
            Target::Predicted => Self::Predicted,
            Target::Class(name) => Self::Class(class_of(name, classes)?),
        })
    }

    /// The class for each image of a batch, by the images' places in the data set.
    pub fn choose(&self, logits: &[f32], indices: &[usize]) -> Vec<usize> {
        let classes = logits.len() / indices.len();
        match self {
            Self::Label(labels) => indices.iter().map(|index| labels.label(*index)).collect(),
            Self::Given(targets) => targets.clone(),
            Self::Predicted => {
                logits.chunks_exact(classes).map(|row| Prediction::new(row, 0).class).collect()
            }
            Self::Class(class) => vec![*class; indices.len()],
        }
    }
}

/// The class a person names: by its name or its number.
pub(super) fn class_of(name: &str, classes: &[String]) -> Result<usize, StageError> {
    let found = classes.iter().position(|class| class == name).or_else(|| name.parse().ok());
    if let Some(class) = found.filter(|class| *class < classes.len()) {
        return Ok(class);
    }
    let near = crate::registry::closest(name, classes.iter().map(String::as_str));
    let hint = near.map_or_else(
        || format!("give a name or a number below {}", classes.len()),
        |near| format!("did you mean `{near}`?"),
    );
    Err(StageError::Input(format!("no class `{name}`; {hint}")))
}
