use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// A dotted path into an experiment, as `--set` and `[sweep]` write it: `training.lr`,
/// `init.kaiming.scheme` (the `[[init]]` whose `name` is `kaiming`), `maps.methods.0`.
pub fn segments(path: &str) -> Vec<&str> {
    path.split('.').map(|segment| segment.trim().trim_matches('"')).collect()
}

/// The value at a path; `None` when the path does not exist.
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

/// The span of the longest part of a path that the document holds: a default has no place of its own, so
/// an error about it points at the table it would be in.
pub fn span(table: &DeTable<'_>, path: &str) -> Option<Range<usize>> {
    let path = segments(path);
    (1..=path.len()).rev().find_map(|n| get(table, &path[..n])).map(Spanned::span)
}

/// Puts a value at a path, making the tables on the way; `at` is where the path was written, the place of every
/// key that is made.
///
/// # Errors
/// A lowercase fragment, when the path runs through something that is no table.
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
        // An item picked by name, `backbone = "resnet18"`, becomes a table with options.
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

/// Takes a top-level key out of the document.
pub fn remove(table: &mut DeTable<'_>, name: &str) {
    let kept = std::mem::take(table).into_iter().filter(|(key, _)| key.get_ref() != name);
    *table = kept.collect();
}

/// The element an array segment means, and how many segments that takes. Taking one: an index, or the table whose
/// `name` it is. Taking none: the item that is picked by this name (`evaluation.metrics.box-acc.taus`), or the
/// only table there is (`maps.layers` where there is one `[[maps]]`).
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

/// Moves every span of a value by an offset into [`super::Sources`].
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
