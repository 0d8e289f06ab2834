use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use super::selection::prefixes_for;
use super::{Network, StoredTensor};
use crate::NetworkError;
use camlab_base::registry::closest;

/// Errors of reading, loading or writing a checkpoint.
#[derive(Debug, thiserror::Error)]
pub enum CheckpointError {
    /// The file cannot be read.
    #[error("cannot read the checkpoint `{path}`: {source}")]
    Read {
        /// Path of the file.
        path: String,
        /// Underlying error.
        source: std::io::Error,
    },
    /// The file cannot be written.
    #[error("cannot write the checkpoint `{path}`: {source}")]
    Write {
        /// Path of the file.
        path: String,
        /// Underlying error.
        source: std::io::Error,
    },
    /// The file is not a safetensors file, or is damaged.
    #[error("`{path}` is not a valid safetensors file: {source}")]
    Format {
        /// Path of the file.
        path: String,
        /// Underlying error.
        source: safetensors::SafeTensorError,
    },
    /// The file has neither of the formats.
    #[error("`{path}` is neither a safetensors file nor a PyTorch checkpoint: {what}")]
    Unknown {
        /// Path of the file.
        path: String,
        /// Description of its content.
        what: &'static str,
    },
    /// A PyTorch checkpoint that cannot be read, or is rejected.
    #[error("cannot read the PyTorch checkpoint `{path}`: {reason}")]
    Torch {
        /// Path of the file.
        path: String,
        /// Reason.
        reason: String,
    },
    /// The tensors that were asked for cannot be found by their names.
    #[error("`{path}` {reason}")]
    Names {
        /// Path of the file.
        path: String,
        /// Reason.
        reason: String,
    },
    /// A checkpoint in several files that is not whole.
    #[error("cannot read the sharded checkpoint `{path}`: {reason}")]
    Shards {
        /// Path of the index.
        path: String,
        /// Reason.
        reason: String,
    },
    /// A tensor of a type that weights do not have.
    #[error(
        "tensor `{name}` of `{path}` is stored as {dtype}; store weights as F64, F32, F16 or BF16, or leave it out: leave-out = [\"{name}\"]"
    )]
    Type {
        /// Path of the file.
        path: String,
        /// Name of the tensor.
        name: String,
        /// Its element type.
        dtype: String,
    },
    /// Only the number of classes differs.
    #[error(
        "the head `{head}` of `{path}` has {stored} classes and the network {wanted}; use data with {stored} \
         classes, or initialise a new head with `fresh-head = true`"
    )]
    Classes {
        /// Path of the file.
        path: String,
        /// Name of the head's node.
        head: String,
        /// Classes in the file.
        stored: usize,
        /// Classes of the network.
        wanted: usize,
    },
    /// Names or shapes differ.
    #[error("`{path}` does not fit the network{list}\n{remedy}", list = NameList(mismatches))]
    Mismatch {
        /// Path of the file.
        path: String,
        /// All differences, the network's names first.
        mismatches: Vec<Mismatch>,
        /// Remedy: the option that reaches the network's parameters, as far as the names tell.
        remedy: String,
    },
    /// The network rejected a value.
    #[error(transparent)]
    Network(#[from] NetworkError),
}

/// A name on which a checkpoint and a network differ.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Mismatch {
    /// The network has it, the file does not.
    Missing {
        /// Name in the network.
        name: String,
        /// Most similar name in the file that the network does not have.
        nearest: Option<String>,
    },
    /// The file has it, the network does not.
    Unexpected {
        /// Name in the file.
        name: String,
        /// Most similar name in the network that the file does not have.
        nearest: Option<String>,
    },
    /// Both have it, in different shapes.
    Shape {
        /// The name.
        name: String,
        /// Shape in the file.
        stored: Vec<usize>,
        /// Shape in the network.
        wanted: Vec<usize>,
    },
}

impl fmt::Display for Mismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let near = |nearest: &Option<String>| match nearest {
            Some(name) => format!(" (closest: `{name}`)"),
            None => String::new(),
        };
        match self {
            Self::Missing { name, nearest } => write!(f, "missing `{name}`{}", near(nearest)),
            Self::Unexpected { name, nearest } => write!(f, "unexpected `{name}`{}", near(nearest)),
            Self::Shape { name, stored, wanted } => {
                write!(f, "`{name}` is {stored:?} in the file and {wanted:?} in the network")
            }
        }
    }
}

impl Mismatch {
    fn name(&self) -> &str {
        match self {
            Self::Missing { name, .. } | Self::Unexpected { name, .. } | Self::Shape { name, .. } => name,
        }
    }
}

/// Number of modules above which no `leave-out` is suggested.
const FEW: usize = 4;

/// Patterns for the modules on which a checkpoint and a network differ, if these are few and most parameters
/// agree.
fn leave_out(mismatches: &[Mismatch], parameters: usize) -> Vec<String> {
    let module =
        |name: &str| name.rsplit_once('.').map_or(name.to_owned(), |(module, _)| format!("{module}.*"));
    let patterns: BTreeSet<String> = mismatches.iter().map(|mismatch| module(mismatch.name())).collect();
    match patterns.len() <= FEW && 2 * mismatches.len() < parameters {
        true => patterns.into_iter().collect(),
        false => Vec::new(),
    }
}

/// Remedy for names that differ: the prefix under which the file has the network's names, patterns for the modules that
/// differ, or words on where to look.
fn remedy(
    path: &str,
    mismatches: &[Mismatch],
    tensors: &BTreeMap<String, StoredTensor>,
    network: &Network,
) -> String {
    let stored: Vec<&str> = tensors.keys().map(String::as_str).collect();
    let wanted: Vec<&str> = names(network).collect();
    let patterns = leave_out(mismatches, network.specs().len());
    match (prefixes_for(&stored, &wanted).as_slice(), patterns.as_slice()) {
        ([prefix], _) => {
            format!("most of the network's parameters begin with `{prefix}` there: write prefix = {prefix:?}")
        }
        ([first, rest @ ..], _) => {
            let rest: Vec<String> = rest.iter().map(|prefix| format!("{prefix:?}")).collect();
            format!(
                "the file has several copies of the network: choose one by prefix = {first:?} or {}",
                rest.join(" or ")
            )
        }
        ([], []) if is_shard(path) => {
            "it is one shard of several: write the path of their index, `*.index.json`".into()
        }
        ([], []) => {
            "check that `backbone` is the architecture that was saved; `camlab inspect FILE` lists the file"
                .into()
        }
        ([], patterns) => {
            format!("to load the rest and initialise these at random, write leave-out = {patterns:?}")
        }
    }
}

/// True for the names that the Hugging Face libraries give to shards, `model-00001-of-00002.safetensors`.
fn is_shard(path: &str) -> bool {
    let stem = path.rsplit_once('.').map_or(path, |(stem, _)| stem);
    let digits = |text: &str| text.len() == 5 && text.bytes().all(|byte| byte.is_ascii_digit());
    let Some((before, count)) = stem.rsplit_once("-of-") else { return false };
    digits(count) && before.rsplit_once('-').is_some_and(|(_, number)| digits(number))
}

struct NameList<'a>(&'a [Mismatch]);

/// Number of mismatches shown; a wrong file has hundreds.
const SHOWN: usize = 20;

impl fmt::Display for NameList<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().take(SHOWN).try_for_each(|mismatch| write!(f, "\n  {mismatch}"))?;
        match self.0.len().saturating_sub(SHOWN) {
            0 => Ok(()),
            more => write!(f, "\n  and {more} more"),
        }
    }
}

/// Returns an error unless `tensors` has exactly the network's names and shapes.
pub(super) fn compare(
    path: &str,
    tensors: &BTreeMap<String, StoredTensor>,
    network: &Network,
) -> Result<(), CheckpointError> {
    let missing: Vec<&str> = names(network).filter(|name| !tensors.contains_key(*name)).collect();
    let wanted = |name: &str| network.specs().iter().find(|spec| spec.name == name);
    let unexpected: Vec<&str> =
        tensors.keys().map(String::as_str).filter(|name| wanted(name).is_none()).collect();
    let near = |name: &str, among: &[&str]| closest(name, among.iter().copied()).map(str::to_owned);
    let mut mismatches: Vec<Mismatch> = Vec::new();
    for name in &missing {
        mismatches.push(Mismatch::Missing { name: (*name).into(), nearest: near(name, &unexpected) });
    }
    for name in &unexpected {
        mismatches.push(Mismatch::Unexpected { name: (*name).into(), nearest: near(name, &missing) });
    }
    for spec in network.specs() {
        if let Some(stored) = tensors.get(&spec.name).filter(|stored| !same(&stored.shape, &spec.shape)) {
            mismatches.push(Mismatch::Shape {
                name: spec.name.clone(),
                stored: stored.shape.clone(),
                wanted: spec.shape.clone(),
            });
        }
    }
    if let Some(error) = only_classes(path, &mismatches, network) {
        return Err(error);
    }
    match mismatches.is_empty() {
        true => Ok(()),
        false => {
            let remedy = remedy(path, &mismatches, tensors, network);
            Err(CheckpointError::Mismatch { path: path.to_owned(), mismatches, remedy })
        }
    }
}

/// True if a tensor of one shape can be loaded as the other: a linear layer is a 1x1 convolution, so that a
/// head trained as one is loaded as the other.
fn same(stored: &[usize], wanted: &[usize]) -> bool {
    match (stored, wanted) {
        (&[outputs, inputs], &[o, i, 1, 1]) | (&[o, i, 1, 1], &[outputs, inputs]) => {
            (outputs, inputs) == (o, i)
        }
        _ => stored == wanted,
    }
}

fn names(network: &Network) -> impl Iterator<Item = &str> {
    network.specs().iter().map(|spec| spec.name.as_str())
}

/// The more specific error if only the head's number of classes differs.
fn only_classes(path: &str, mismatches: &[Mismatch], network: &Network) -> Option<CheckpointError> {
    let head = network.graph().head()?;
    let (weight, bias) = (format!("{head}.weight"), format!("{head}.bias"));
    let mut classes = None;
    for mismatch in mismatches {
        match mismatch {
            Mismatch::Shape { name, stored, wanted }
                if (*name == weight || *name == bias) && stored.get(1) == wanted.get(1) =>
            {
                classes = Some((*stored.first()?, *wanted.first()?));
            }
            _ => return None,
        }
    }
    let (stored, wanted) = classes?;
    Some(CheckpointError::Classes { path: path.to_owned(), head: head.to_owned(), stored, wanted })
}
