//! State dicts in a PyTorch file: where they are, and which of several is meant.

use std::collections::BTreeSet;

use pytorch_reader::PickleValue;

use super::super::selection::wrappers;

/// Keys under which training scripts store a state dict, in the order of the search.
const USUAL_KEYS: [&str; 5] = ["state_dict", "model_state_dict", "model", "network", "net"];

/// The reader's placeholder for a tensor.
const TENSOR: &str = "torch.Tensor";

/// A dictionary that holds tensors of a network.
#[derive(Debug)]
pub(super) struct StateDict<'a> {
    /// Keys on the way to it, joined by dots; empty for the file itself.
    pub path: String,
    /// The names of its tensors, relative to it.
    pub names: Vec<String>,
    value: &'a PickleValue,
}

/// The state dict that is read: `key`, or the one that the file holds.
pub(super) fn chosen<'a>(tree: &'a PickleValue, key: Option<&str>) -> Result<StateDict<'a>, String> {
    if !matches!(tree, PickleValue::Dict(_)) {
        let held = described(tree);
        return Err(format!("it holds {held}, not named tensors; save `model.state_dict()`"));
    }
    if count(tree) == 0 {
        return Err("it holds no tensors".into());
    }
    let all = all(tree);
    let Some(key) = key else { return unnamed(tree, &all) };
    let Some(value) = at(tree, key).filter(|value| matches!(value, PickleValue::Dict(_)) && count(value) > 0)
    else {
        return Err(format!("state-dict = \"{key}\" is not in it; {}", listed(&all)));
    };
    // A dictionary may hold the state dict under a usual key of its own.
    Ok(usual(StateDict::of(key.to_owned(), value)))
}

/// The state dict of a file when the experiment names none.
fn unnamed<'a>(tree: &'a PickleValue, all: &[StateDict<'_>]) -> Result<StateDict<'a>, String> {
    let found = usual(StateDict::of(String::new(), tree));
    let found = match all {
        // The file's only state dict, under a key of its own.
        [only] if found.path.is_empty() && !only.path.is_empty() => {
            let value = at(tree, &only.path).unwrap_or(tree);
            StateDict::of(only.path.clone(), value)
        }
        _ => found,
    };
    // What is inside the chosen one is read with it.
    let outside =
        |other: &&StateDict<'_>| other.path != found.path && !other.path.starts_with(&found.prefix());
    let rivals = all.iter().filter(outside).filter(|other| other.is_copy_of(&found)).count();
    // Dictionaries beside each other, none of them under a usual key: a teacher and a student, say.
    let several = found.path.is_empty() && all.len() > 1 && all.iter().all(|one| !one.path.is_empty());
    let nested = several
        && all.iter().any(|one| all.iter().any(|other| other.path != one.path && one.is_copy_of(other)));
    match rivals > 0 || nested {
        true => Err(format!(
            "it holds several state dicts, such as averaged weights (EMA) beside those last trained; write state-dict = \
             \"KEY\" to choose one: {}",
            listed(all)
        )),
        false => Ok(found),
    }
}

/// Goes into dictionaries under usual keys, as far as they hold tensors.
fn usual(mut at: StateDict<'_>) -> StateDict<'_> {
    while let PickleValue::Dict(entries) = at.value {
        let inner = USUAL_KEYS.iter().find_map(|key| {
            let value = entries.get(*key)?;
            (matches!(value, PickleValue::Dict(_)) && count(value) > 0).then_some((*key, value))
        });
        let Some((key, value)) = inner else { break };
        at = StateDict::of(joined(&at.path, key), value);
    }
    at
}

/// Every dictionary with parameters of its own, in the order of their paths.
pub(super) fn all(tree: &PickleValue) -> Vec<StateDict<'_>> {
    let mut found = Vec::new();
    collect(tree, String::new(), &mut found);
    found.sort_by(|one, other| one.path.cmp(&other.path));
    found
}

fn collect<'a>(value: &'a PickleValue, path: String, found: &mut Vec<StateDict<'a>>) {
    let PickleValue::Dict(entries) = value else { return };
    // Names of layers and their parameters; a pickled module has a dictionary for every layer.
    let parameter = |(name, value): (&String, &PickleValue)| {
        let ends = [".weight", ".bias", ".running_mean"];
        is_tensor(value) && ends.iter().any(|end| name.ends_with(end))
    };
    if entries.iter().any(parameter) {
        found.push(StateDict::of(path.clone(), value));
    }
    for (key, inner) in entries {
        collect(inner, joined(&path, key), found);
    }
}

impl<'a> StateDict<'a> {
    fn of(path: String, value: &'a PickleValue) -> Self {
        let mut names = Vec::new();
        tensors(value, String::new(), &mut names);
        Self { path, names, value }
    }

    /// Beginning of its tensors' names in the whole file.
    pub(super) fn prefix(&self) -> String {
        match self.path.is_empty() {
            true => String::new(),
            false => format!("{}.", self.path),
        }
    }

    /// True if at least half of the other's names are in it, whatever wrappers added to them.
    fn is_copy_of(&self, other: &StateDict<'_>) -> bool {
        let (own, others) = (self.plain(), other.plain());
        2 * own.intersection(&others).count() >= others.len().min(own.len()).max(1)
    }

    fn plain(&self) -> BTreeSet<&str> {
        let names = || self.names.iter().map(String::as_str).filter(|name| *name != "n_averaged");
        let prefix = wrappers(names()).len();
        names().map(|name| &name[prefix..]).collect()
    }
}

/// Names of the tensors inside, as the reader joins them.
fn tensors(value: &PickleValue, path: String, names: &mut Vec<String>) {
    match value {
        PickleValue::Dict(entries) => {
            for (key, inner) in entries {
                tensors(inner, joined(&path, key), names);
            }
        }
        value if is_tensor(value) => names.push(path),
        _ => {}
    }
}

/// The value under keys joined by dots; keys may have dots themselves.
fn at<'a>(value: &'a PickleValue, path: &str) -> Option<&'a PickleValue> {
    let PickleValue::Dict(entries) = value else { return None };
    entries.get(path).or_else(|| {
        path.match_indices('.').find_map(|(dot, _)| at(entries.get(&path[..dot])?, &path[dot + 1..]))
    })
}

/// Number of tensors anywhere inside.
pub(super) fn count(value: &PickleValue) -> usize {
    match value {
        PickleValue::List(items) => items.iter().map(count).sum(),
        PickleValue::Dict(entries) => entries.values().map(count).sum(),
        value => usize::from(is_tensor(value)),
    }
}

fn is_tensor(value: &PickleValue) -> bool {
    matches!(value, PickleValue::Unsupported(name) if name == TENSOR)
}

fn joined(path: &str, key: &str) -> String {
    match path.is_empty() {
        true => key.to_owned(),
        false => format!("{path}.{key}"),
    }
}

/// The state dicts of a file, for errors.
fn listed(all: &[StateDict<'_>]) -> String {
    let shown = all.iter().filter(|one| !one.path.is_empty());
    let shown: Vec<String> =
        shown.map(|one| format!("`{}` ({} tensors)", one.path, one.names.len())).collect();
    match shown.is_empty() {
        true => "the whole file is one state dict".into(),
        false => shown.join(", "),
    }
}

fn described(value: &PickleValue) -> String {
    match value {
        PickleValue::None => "nothing".into(),
        PickleValue::List(_) => "a list".into(),
        PickleValue::Unsupported(name) => format!("a `{name}`"),
        _ => "a plain value".into(),
    }
}
