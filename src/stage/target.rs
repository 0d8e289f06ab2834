use super::StageError;
use super::map_file::Prediction;
use crate::spec::Target;

/// Which class a map is made for.
pub(super) enum TargetRule {
    Label,
    Predicted,
    Class(usize),
}

impl TargetRule {
    pub fn new(target: &Target, classes: &[String]) -> Result<Self, StageError> {
        Ok(match target {
            Target::Label => Self::Label,
            Target::Predicted => Self::Predicted,
            Target::Class(name) => Self::Class(class_of(name, classes)?),
        })
    }

    /// The class for each image of a batch.
    pub fn choose(&self, logits: &[f32], labels: &[usize]) -> Vec<usize> {
        let classes = logits.len() / labels.len();
        match self {
            Self::Label => labels.to_vec(),
            Self::Predicted => {
                logits.chunks_exact(classes).map(|row| Prediction::new(row, 0).class).collect()
            }
            Self::Class(class) => vec![*class; labels.len()],
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
