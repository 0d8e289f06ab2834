use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// The segments of a dotted path into an experiment, as in `--set` and `[sweep]`: `training.lr`,
/// `init.kaiming.scheme` (the `[[init]]` whose `name` is `kaiming`), `maps.methods.0`.
pub fn segments(path: &str) -> Vec<&str> {
    path.split('.').map(|segment| segment.trim().trim_matches('"')).collect()
}

/// The value at a path; `None` if the path does not exist.
pub fn get<'a, 'i>(table: &'a DeTable<'i>, path: &[&str]) -> Option<&'a Spanned<DeValue<'i>>> {
    let (first, rest) = path.split_first()?;
    let (_, value) = table.iter().find(|(key, _)| key.get_ref() == first)?;
    walk(value, rest)
}

fn walk<'a, 'i>(value: &'a Spanned<DeValue<'i>>, path: &[&str]) -> Option<&'a Spanned<DeValue<'i>>> {
    let Some(first) = path.first() else { return Some(value) };
    match value.get_ref() {
        DeValue::Table(table) => get(table, path),
        DeValue::Array(array) => {
            let (index, used) = element(array, first)?;
            walk(array.get(index)?, &path[used..])
        }
        _ => None,
    }
}

/// Span of the longest prefix of a path that the document contains: a default value has no span, so an error about it
/// points at the table that would contain it.
pub fn span(table: &DeTable<'_>, path: &str) -> Option<Range<usize>> {
    let path = segments(path);
    (1..=path.len()).rev().find_map(|n| get(table, &path[..n])).map(Spanned::span)
}

/// Sets the value at a path and creates missing tables; `at` is the span of the written path and becomes the span of
/// every created key.
///
/// # Errors
/// A lowercase fragment, if the path has an empty segment or contains a value that is not a table.
pub fn set<'t>(
    table: &mut DeTable<'t>,
    path: &[&str],
    value: Spanned<DeValue<'t>>,
    at: &Range<usize>,
) -> Result<(), String> {
    let Some((first, rest)) = path.split_first() else { return Err("an empty key".into()) };
    if first.is_empty() {
        return Err(format!("an empty part in the key `{}`", path.join(".")));
    }
    let known = table.iter_mut().find(|(key, _)| key.get_ref() == first);
    match (known, rest.is_empty()) {
        (Some((_, old)), true) => *old = value,
        (Some((_, old)), false) => set_in(old, first, rest, value, at)?,
        (None, last) => {
            let mut inner = value;
            if !last {
                let mut table = DeTable::new();
                set(&mut table, rest, inner, at)?;
                inner = Spanned::new(at.clone(), DeValue::Table(table));
            }
            table.insert(Spanned::new(at.clone(), first.to_string().into()), inner);
        }
    }
    Ok(())
}

fn set_in<'t>(
    old: &mut Spanned<DeValue<'t>>,
    name: &str,
    path: &[&str],
    value: Spanned<DeValue<'t>>,
    at: &Range<usize>,
) -> Result<(), String> {
    if path.is_empty() {
        *old = value;
        return Ok(());
    }
    match old.get_mut() {
        DeValue::Table(table) => set(table, path, value, at),
        DeValue::Array(array) => {
            let count = array.len();
            let (index, used) = element(array, path[0]).ok_or_else(|| {
                format!("`{name}` has no element `{}`: give its name, or an index below {count}", path[0])
            })?;
            set_in(&mut array.as_mut()[index], path[0], &path[used..], value, at)
        }
        // An item given by name only, `backbone = "resnet18"`, becomes a table with options.
        DeValue::String(item) if path.first() == Some(&item.as_ref()) => {
            let mut table = DeTable::new();
            let options = Spanned::new(at.clone(), DeValue::Table(DeTable::new()));
            table.insert(Spanned::new(at.clone(), item.clone()), options);
            set(&mut table, path, value, at)?;
            *old.get_mut() = DeValue::Table(table);
            Ok(())
        }
        other => {
            Err(format!("`{name}` is a {}, not a table, so it has no `{}`", other.type_str(), path.join(".")))
        }
    }
}

/// Removes a top-level key.
pub fn remove(table: &mut DeTable<'_>, name: &str) {
    let kept = std::mem::take(table).into_iter().filter(|(key, _)| key.get_ref() != name);
    *table = kept.collect();
}

/// Index of the array element that a path segment denotes, and the number of segments consumed. One segment: an
/// index, or the `name` of a table. None: the name of an item (`evaluation.metrics.box-acc.taus`), or a key of the
/// only table (`maps.layers` with a single `[[maps]]`).
fn element(array: &[Spanned<DeValue<'_>>], segment: &str) -> Option<(usize, usize)> {
    if let Ok(index) = segment.parse::<usize>() {
        return (index < array.len()).then_some((index, 1));
    }
    let find = |matches: &dyn Fn(&DeValue<'_>) -> bool| array.iter().position(|item| matches(item.get_ref()));
    let key = |table: &DeTable<'_>, name: &str| {
        table
            .iter()
            .find(|(key, _)| key.get_ref() == name)
            .and_then(|(_, v)| v.get_ref().as_str().map(str::to_string))
    };
    let named = |item: &DeValue<'_>| item.as_table().and_then(|t| key(t, "name")).as_deref() == Some(segment);
    let picked = |item: &DeValue<'_>| match item {
        DeValue::String(name) => name == segment,
        DeValue::Table(table) => table.len() == 1 && table.iter().any(|(key, _)| key.get_ref() == segment),
        _ => false,
    };
    let only = || (array.len() == 1 && array[0].get_ref().is_table()).then_some((0, 0));
    find(&named).map(|index| (index, 1)).or_else(|| find(&picked).map(|index| (index, 0))).or_else(only)
}

/// Shifts every span of a value by an offset into [`super::Sources`].
pub fn shift<'t>(value: Spanned<DeValue<'t>>, offset: usize) -> Spanned<DeValue<'t>> {
    let span = value.span().start + offset..value.span().end + offset;
    let shifted = match value.into_inner() {
        DeValue::Array(mut array) => {
            for item in array.iter_mut() {
                let owned = std::mem::replace(item, Spanned::new(0..0, DeValue::Boolean(false)));
                *item = shift(owned, offset);
            }
            DeValue::Array(array)
        }
        DeValue::Table(table) => DeValue::Table(
            table
                .into_iter()
                .map(|(key, value)| {
                    let at = key.span().start + offset..key.span().end + offset;
                    (Spanned::new(at, key.into_inner()), shift(value, offset))
                })
                .collect(),
        ),
        plain => plain,
    };
    Spanned::new(span, shifted)
}
