//! Location of the weights in a checkpoint, and the prefixes of their names.

use std::collections::BTreeMap;

use pytorch_reader::PickleValue;

/// Keys under which training scripts store a state dict, in the order of the search: of several, the first
/// that holds tensors is read.
const WRAPPERS: [&str; 5] = ["state_dict", "model_state_dict", "model", "network", "net"];

/// Prefixes of all names when a wrapped module was saved: `DataParallel` (`module.`), `torch.compile`
/// (`_orig_mod.`), a module that holds the network (Lightning).
const PREFIXES: [&str; 5] = ["module.", "_orig_mod.", "model.", "network.", "net."];

/// The reader's placeholder for a tensor.
const TENSOR: &str = "torch.Tensor";

/// Prefix, with its dot, of the names of the weights; empty when the file is a plain state dict.
pub(super) fn locate(tree: &PickleValue) -> Result<String, String> {
    let (mut at, mut prefix) = (tree, String::new());
    while let PickleValue::Dict(entries) = at {
        let inner = WRAPPERS.iter().find_map(|key| {
            let value = entries.get(*key)?;
            (matches!(value, PickleValue::Dict(_)) && count(value) > 0).then_some((key, value))
        });
        let Some((key, value)) = inner else { break };
        prefix.push_str(key);
        prefix.push('.');
        at = value;
    }
    match at {
        PickleValue::Dict(_) if count(at) > 0 => Ok(prefix),
        PickleValue::Dict(_) => Err("it holds no tensors".into()),
        other => Err(format!("it holds {}, not named tensors; save `model.state_dict()`", described(other))),
    }
}

/// Number of tensors anywhere inside.
pub(super) fn count(value: &PickleValue) -> usize {
    match value {
        PickleValue::List(items) => items.iter().map(count).sum(),
        PickleValue::Dict(entries) => entries.values().map(count).sum(),
        PickleValue::Unsupported(name) => usize::from(name == TENSOR),
        _ => 0,
    }
}

/// Removes the prefixes that all names have.
pub(super) fn without_prefixes<T>(mut named: BTreeMap<String, T>) -> BTreeMap<String, T> {
    while let Some(prefix) = PREFIXES
        .iter()
        .find(|prefix| !named.is_empty() && named.keys().all(|name| name.starts_with(**prefix)))
    {
        named = named.into_iter().map(|(name, value)| (name[prefix.len()..].to_owned(), value)).collect();
    }
    named
}

fn described(value: &PickleValue) -> String {
    match value {
        PickleValue::None => "nothing".into(),
        PickleValue::List(_) => "a list".into(),
        PickleValue::Unsupported(name) => format!("a `{name}`"),
        _ => "a plain value".into(),
    }
}
