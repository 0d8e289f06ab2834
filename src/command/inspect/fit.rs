use std::fmt;

use camlab::nn::Network;
use camlab::nn::checkpoint::Checkpoint;
use camlab::parts::backbone::BackboneSpec;

use crate::command::part::parse;

/// A backbone that a checkpoint fits, wholly or in part.
pub(super) struct BackboneFit {
    name: &'static str,
    /// Parameters of the backbone that the checkpoint has, in the same shape.
    fitting: usize,
    /// Parameters of the backbone.
    parameters: usize,
    /// Tensors of the checkpoint that the backbone does not have.
    surplus: usize,
    classes: usize,
    /// Name of the first parameter that does not fit.
    first: Option<String>,
}

impl fmt::Display for BackboneFit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { name, fitting, parameters, surplus, classes, .. } = self;
        match parameters - fitting {
            0 => write!(f, "{name}: every parameter; {classes} classes")?,
            _ => write!(f, "{name}: {fitting} of {parameters} parameters")?,
        }
        if let Some(first) = &self.first {
            write!(f, "; not `{first}`")?;
        }
        match surplus {
            0 => Ok(()),
            1 => write!(f, "; the file has one tensor more"),
            surplus => write!(f, "; the file has {surplus} tensors more"),
        }
    }
}

/// Number of backbones that are told.
const TOLD: usize = 3;

/// The backbones by name of which the checkpoint has at least half the parameters, the best one first; only that one if
/// nothing is missing.
pub(super) fn best(checkpoint: &Checkpoint) -> Vec<BackboneFit> {
    let mut found: Vec<BackboneFit> =
        BackboneSpec::entries().iter().filter_map(|entry| fit(checkpoint, entry.name)).collect();
    found.retain(|fit| 2 * fit.fitting >= fit.parameters);
    let rank = |fit: &BackboneFit| (fit.parameters - fit.fitting, fit.surplus);
    found.sort_by_key(rank);
    let whole = found.first().is_some_and(|fit| rank(fit) == (0, 0));
    found.truncate(if whole { 1 } else { TOLD });
    found
}

fn fit(checkpoint: &Checkpoint, name: &'static str) -> Option<BackboneFit> {
    let spec: BackboneSpec = parse("--backbone", name).ok()?;
    let network = network(checkpoint, &spec).ok()?;
    let tensors = checkpoint.tensors();
    let fits = |name: &str, shape: &[usize]| tensors.get(name).is_some_and(|tensor| tensor.shape == shape);
    let misfit = network.specs().iter().find(|spec| !fits(&spec.name, &spec.shape));
    let fitting = network.specs().iter().filter(|spec| fits(&spec.name, &spec.shape)).count();
    let known = |name: &String| network.specs().iter().any(|spec| spec.name == *name);
    Some(BackboneFit {
        name,
        fitting,
        parameters: network.specs().len(),
        surplus: tensors.keys().filter(|name| !known(name)).count(),
        classes: network.graph().classes().unwrap_or(0),
        first: misfit.map(|spec| spec.name.clone()),
    })
}

/// Differences between a checkpoint and a backbone; `None` if there are none.
pub(super) fn unfit(checkpoint: Checkpoint, backbone: &str) -> anyhow::Result<Option<String>> {
    let spec: BackboneSpec = parse("--backbone", backbone)?;
    let mut network = network(&checkpoint, &spec)?;
    Ok(checkpoint.load_into(&mut network).err().map(|error| error.to_string()))
}

/// Number of classes of a backbone whose head the checkpoint does not have.
const CLASSES: usize = 1000;

/// The backbone with as many classes as the checkpoint's head has.
fn network(checkpoint: &Checkpoint, spec: &BackboneSpec) -> anyhow::Result<Network> {
    let graph = spec.build(CLASSES)?;
    let head = graph.head().map(|head| format!("{head}.weight"));
    let stored = head.and_then(|head| checkpoint.tensors().get(&head));
    let classes = stored.and_then(|tensor| tensor.shape.first().copied()).filter(|classes| *classes > 0);
    match classes {
        Some(classes) => Ok(Network::new(spec.build(classes)?)),
        None => Ok(Network::new(graph)),
    }
}
