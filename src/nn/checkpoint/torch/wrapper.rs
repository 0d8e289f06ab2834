//! Where in a checkpoint the weights lie, and what stands before their names.

use std::collections::BTreeMap;

use pytorch_reader::PickleValue;

/// Keys that training scripts put a state under, in the order they are looked for: a file with several is read by
/// the first that holds tensors.
const WRAPPERS: [&str; 5] = ["state_dict", "model_state_dict", "model", "network", "net"];

/// What stands before every name when a wrapped module was saved: `DataParallel` (`module.`), `torch.compile`
/// (`_orig_mod.`), a module that holds the network (Lightning).
const PREFIXES: [&str; 5] = ["module.", "_orig_mod.", "model.", "network.", "net."];

/// What the reader calls a tensor where it cannot show one.
const TENSOR: &str = "torch.Tensor";

/// The prefix, with its dot, of the names of the weights; empty when the file is a plain state.
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

/// Tensors anywhere inside.
pub(super) fn count(value: &PickleValue) -> usize {
    match value {
        PickleValue::List(items) => items.iter().map(count).sum(),
        PickleValue::Dict(entries) => entries.values().map(count).sum(),
        PickleValue::Unsupported(name) => usize::from(name == TENSOR),
        _ => 0,
    }
}

/// The same under names without the prefixes that all of them have.
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
