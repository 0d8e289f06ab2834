use std::ops::Range;
use std::sync::Arc;

use crate::tree::{TomlNode, TomlTable};
use crate::{Diagnostic, path};
use camlab_base::registry::closest;

use super::condition::Condition;
use super::{KeyValue, Override, refused, refused_seeds, written};

/// A key with the values that it takes, one after the other.
pub(super) struct SweepAxis {
    /// The dotted key.
    pub(super) key: Arc<str>,
    pub(super) segments: Vec<String>,
    /// The segments with names of list elements replaced by their indices.
    pub(super) canonical: Vec<String>,
    /// Span of the key.
    pub(super) at: Range<usize>,
    pub(super) values: Vec<AxisValue>,
    /// Conditions under which the axis applies: all of them must hold. Empty: everywhere.
    pub(super) when: Vec<Condition>,
}

/// One value of an axis, and the override that it is shown as.
pub(super) struct AxisValue {
    pub(super) node: TomlNode,
    pub(super) shown: Override,
}

/// `true` for `{ values = [...], when = { ... } }`, the long form of an axis.
pub(super) fn is_axis(value: &TomlNode) -> bool {
    value.as_table().is_some_and(|table| table.get("values").is_some() || table.get("when").is_some())
}

impl SweepAxis {
    /// The axis of one entry of a block.
    pub(super) fn read(entry: KeyValue<'_>, root: &TomlTable) -> Result<Self, Diagnostic> {
        let KeyValue { segments, at, value } = entry;
        if let Some(error) = refused(&segments, &at) {
            return Err(error);
        }
        let key: Arc<str> = written(&segments).into();
        let (values, when) = match value.as_table() {
            Some(table) if is_axis(value) => long_form(&key, table, value, root)?,
            _ => (value, Vec::new()),
        };
        let Some(list) = values.as_list() else {
            let kind = values.value.type_name();
            let message = format!("the sweep over `{key}` is {kind}, not a list of values");
            let remedy = format!("write \"{key}\" = [first, second]");
            return Err(Diagnostic::at(Some(values.span.clone()), message, remedy));
        };
        if list.is_empty() {
            let message = format!("the sweep over `{key}` has no values");
            return Err(Diagnostic::at(
                Some(values.span.clone()),
                message,
                "list at least one, or remove the key",
            ));
        }
        if let Some(error) = refused_seeds(&segments, list) {
            return Err(error);
        }
        let borrowed: Vec<&str> = segments.iter().map(String::as_str).collect();
        let canonical = path::canonical(root, &borrowed);
        let values = list.iter().map(|node| AxisValue::new(&key, node)).collect();
        Ok(Self { key, segments, canonical, at, values, when })
    }
}

impl AxisValue {
    /// The value of a key.
    pub(super) fn new(key: &Arc<str>, node: &TomlNode) -> Self {
        let value = node.value.to_string().into();
        Self { node: node.clone(), shown: Override { key: Arc::clone(key), value } }
    }
}

/// List of values and conditions of `{ values = [...], when = { ... } }`.
fn long_form<'a>(
    key: &str,
    table: &'a TomlTable,
    value: &'a TomlNode,
    root: &TomlTable,
) -> Result<(&'a TomlNode, Vec<Condition>), Diagnostic> {
    const KNOWN: [&str; 2] = ["values", "when"];
    if let Some((name, _)) = table.iter().find(|(name, _)| !KNOWN.contains(&&*name.name)) {
        let message = format!("unknown key `{}` of the axis `{key}`", name.name);
        let remedy = match closest(&name.name, KNOWN.into_iter()) {
            Some(near) => format!("did you mean `{near}`?"),
            None => "an axis has `values` and `when`".into(),
        };
        return Err(Diagnostic::at(Some(name.span.clone()), message, remedy));
    }
    let Some(values) = table.get("values") else {
        let message = format!("the axis `{key}` has conditions and no `values`");
        return Err(Diagnostic::at(Some(value.span.clone()), message, "add values = [first, second]"));
    };
    let when = match table.get("when") {
        None => Vec::new(),
        Some(when) => match when.as_table() {
            Some(conditions) if !conditions.is_empty() => Condition::all(conditions, root),
            _ => {
                let message = format!("`when` of the axis `{key}` is no table of conditions");
                let remedy = "write when = { \"training.optimiser\" = \"sgd\" }";
                return Err(Diagnostic::at(Some(when.span.clone()), message, remedy));
            }
        },
    };
    Ok((values, when))
}
