use std::ops::Range;
use std::sync::Arc;

use super::tree::{TomlKey, TomlNode, TomlTable, TomlValue};

/// The segments of a dotted path into an experiment, as in `--set` and `[sweep]`: `training.lr`,
/// `init.kaiming.scheme` (the `[[init]]` whose `name` is `kaiming`), `maps.methods.0`. A segment with dots of its own is
/// written in quotes: `training.lr-multiplier."layer4.*"`.
pub fn segments(path: &str) -> Vec<&str> {
    let (mut found, mut start, mut quote) = (Vec::new(), 0, None);
    for (at, c) in path.char_indices() {
        match (c, quote) {
            ('.', None) => {
                found.push(&path[start..at]);
                start = at + 1;
            }
            ('"' | '\'', None) => quote = Some(c),
            (c, Some(open)) if c == open => quote = None,
            _ => {}
        }
    }
    found.push(&path[start..]);
    found.into_iter().map(unquoted).collect()
}

fn unquoted(segment: &str) -> &str {
    let text = segment.trim();
    let inner = |quote: char| text.strip_prefix(quote)?.strip_suffix(quote);
    inner('"').or_else(|| inner('\'')).unwrap_or(text)
}

/// The value at a path; `None` if the path does not exist.
pub fn get<'a>(table: &'a TomlTable, path: &[&str]) -> Option<&'a TomlNode> {
    let (first, rest) = path.split_first()?;
    walk(table.get(first)?, rest)
}

fn walk<'a>(value: &'a TomlNode, path: &[&str]) -> Option<&'a TomlNode> {
    let Some(first) = path.first() else { return Some(value) };
    match &value.value {
        TomlValue::Table(table) => get(table, path),
        TomlValue::List(list) => {
            let (index, used) = element(list, first)?;
            walk(&list[index], &path[used..])
        }
        _ => None,
    }
}

/// Span of the longest prefix of a path that the document contains: a default value has no span, so an error about it
/// points at the table that would contain it.
pub fn span(table: &TomlTable, path: &str) -> Option<Range<usize>> {
    let path = segments(path);
    (1..=path.len()).rev().find_map(|n| get(table, &path[..n])).map(|node| node.span.clone())
}

/// The steps of a path with names of list elements replaced by their indices, so that two spellings of one place are
/// equal. What the document does not contain stays as it is written.
pub fn canonical(root: &TomlTable, path: &[&str]) -> Vec<String> {
    let Some((first, mut rest)) = path.split_first() else { return Vec::new() };
    let (mut steps, mut at) = (vec![(*first).to_owned()], root.get(first));
    while let Some((first, after)) = rest.split_first() {
        let list = at.and_then(TomlNode::as_list);
        match list.map(|list| (list, element(list, first))) {
            Some((list, Some((index, used)))) => {
                steps.push(index.to_string());
                at = list.get(index);
                rest = &rest[used..];
            }
            _ => {
                steps.push((*first).to_owned());
                at = at.and_then(TomlNode::as_table).and_then(|table| table.get(first));
                rest = after;
            }
        }
    }
    steps
}

/// `true` if one of two paths is the other or lies within it.
pub fn overlap(a: &[String], b: &[String]) -> bool {
    a.iter().zip(b).all(|(a, b)| a == b)
}

/// Sets the value at a path and creates missing tables; `at` is the span of the written path and becomes the span of
/// every created key.
///
/// # Errors
/// A lowercase fragment, if the path has an empty segment or contains a value that is not a table.
pub fn set(table: &mut TomlTable, path: &[&str], value: TomlNode, at: &Range<usize>) -> Result<(), String> {
    let Some((first, rest)) = path.split_first() else { return Err("an empty key".into()) };
    if first.is_empty() && path.len() == 1 {
        return Err("the key is empty".into());
    }
    if first.is_empty() {
        return Err(format!("an empty part in the key `{}`", path.join(".")));
    }
    let key = TomlKey { name: (*first).into(), span: at.clone() };
    match (table.get_mut(first), rest.is_empty()) {
        (_, true) => table.replace(&key, value),
        (Some(old), false) => set_in(old, first, rest, value, at)?,
        (None, false) => {
            let mut inner = TomlTable::default();
            set(&mut inner, rest, value, at)?;
            table.replace(&key, TomlNode::table(at.clone(), inner));
        }
    }
    Ok(())
}

fn set_in(
    old: &mut TomlNode,
    name: &str,
    path: &[&str],
    value: TomlNode,
    at: &Range<usize>,
) -> Result<(), String> {
    if path.is_empty() {
        *old = value;
        return Ok(());
    }
    match &mut old.value {
        TomlValue::Table(table) => set(Arc::make_mut(table), path, value, at),
        TomlValue::List(list) => {
            let count = list.len();
            let (index, used) = element(list, path[0]).ok_or_else(|| {
                format!("`{name}` has no element `{}`: give its name, or an index below {count}", path[0])
            })?;
            set_in(&mut Arc::make_mut(list)[index], path[0], &path[used..], value, at)
        }
        // An item given by name only, `backbone = "resnet18"`, becomes a table with options.
        TomlValue::Text(item) if path.first() == Some(&&**item) => {
            let mut table = TomlTable::default();
            let options = TomlNode::table(at.clone(), TomlTable::default());
            table.set(item, at.clone(), options);
            set(&mut table, path, value, at)?;
            old.value = TomlValue::Table(Arc::new(table));
            Ok(())
        }
        other => {
            Err(format!("`{name}` is {}, not a table, so it has no `{}`", other.type_name(), path.join(".")))
        }
    }
}

/// Removes the value at a path; `false` if the path does not exist.
pub fn remove(table: &mut TomlTable, path: &[&str]) -> bool {
    let Some((first, rest)) = path.split_first() else { return false };
    match rest.is_empty() {
        true => table.remove(first).is_some(),
        false => table.get_mut(first).is_some_and(|value| remove_in(value, rest)),
    }
}

fn remove_in(value: &mut TomlNode, path: &[&str]) -> bool {
    match &mut value.value {
        TomlValue::Table(table) => remove(Arc::make_mut(table), path),
        TomlValue::List(list) => match element(list, path[0]) {
            Some((index, used)) if used == path.len() => {
                Arc::make_mut(list).remove(index);
                true
            }
            // The name of an item in a list of items: `maps.methods.grad-cam`.
            Some((index, 0)) if path.len() == 1 && is_item(&list[index], path[0]) => {
                Arc::make_mut(list).remove(index);
                true
            }
            Some((index, used)) => remove_in(&mut Arc::make_mut(list)[index], &path[used..]),
            None => false,
        },
        _ => false,
    }
}

/// Index of the list element that a path segment denotes, and the number of segments consumed. One segment: an
/// index, or the `name` of a table. None: the name of an item (`evaluation.metrics.box-acc.taus`), or a key of the
/// only table (`maps.layers` with a single `[[maps]]`).
fn element(list: &[TomlNode], segment: &str) -> Option<(usize, usize)> {
    if let Ok(index) = segment.parse::<usize>() {
        return (index < list.len()).then_some((index, 1));
    }
    let named = list.iter().position(|item| item.named() == Some(segment));
    let only = || (list.len() == 1 && list[0].as_table().is_some()).then_some((0, 0));
    named
        .map(|index| (index, 1))
        .or_else(|| list.iter().position(|item| is_item(item, segment)).map(|index| (index, 0)))
        .or_else(only)
}

/// `true` for the item `name` of a registry, written as its name or as a table with its options.
fn is_item(value: &TomlNode, name: &str) -> bool {
    match &value.value {
        TomlValue::Text(text) => &**text == name,
        TomlValue::Table(table) => table.len() == 1 && table.get(name).is_some(),
        _ => false,
    }
}
