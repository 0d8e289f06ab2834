use std::ops::Range;

use crate::tree::{TomlNode, TomlTable};
use crate::{Diagnostic, Document, path};
use camlab_base::registry::{closest, misspelt};

use super::axis::{AxisValue, SweepAxis, is_axis};
use super::condition::Condition;
use super::{KeyValue, flattened, refused, refused_seeds, selects, written};

/// One `[sweep]` or `[[sweep]]`: a product of axes, some of them zipped, without and with single points.
pub(super) struct SweepBlock {
    pub(super) at: Range<usize>,
    /// The axes in the order in which they are applied; those of one dimension take their values together.
    pub(super) dimensions: Vec<Vec<SweepAxis>>,
    pub(super) exclude: Vec<Exclusion>,
    pub(super) include: Vec<Inclusion>,
    /// Limit on the block's cells and its place.
    pub(super) max_cells: Option<(usize, Range<usize>)>,
}

/// Points that are left out: those in which all conditions hold.
pub(super) struct Exclusion {
    pub(super) at: Range<usize>,
    pub(super) conditions: Vec<Condition>,
}

/// A single point beside the product.
pub(super) struct Inclusion {
    pub(super) at: Range<usize>,
    pub(super) keys: Vec<(Vec<String>, Range<usize>, AxisValue)>,
}

/// Keys of a block that are no paths.
const RESERVED: [&str; 4] = ["zip", "include", "exclude", "max-cells"];

impl SweepBlock {
    /// Reads a block.
    ///
    /// # Errors
    /// Everything that is wrong with it.
    pub(super) fn read(block: &TomlNode, document: &Document) -> Result<Self, Vec<Diagnostic>> {
        let Some(table) = block.as_table() else {
            let message = format!("`sweep` is {}, not a table", block.value.type_name());
            let remedy = "write [sweep] and key = [values] below it";
            return Err(vec![Diagnostic::at(Some(block.span.clone()), message, remedy)]);
        };
        let mut found = Vec::new();
        let mut entries = Vec::new();
        let paths = table.iter().filter(|(key, _)| !RESERVED.contains(&&*key.name));
        let paths: TomlTable = paths.cloned().collect();
        flattened(&paths, &[], &|_, value| is_axis(value), &mut entries);
        let mut axes = Vec::new();
        for entry in entries {
            if let [only] = &entry.segments[..]
                && document.root.get(only).is_none()
                && let Some(near) = misspelt(only, RESERVED.into_iter())
            {
                let message = format!("unknown key `{only}` of [sweep]");
                let error = Diagnostic::at(Some(entry.at), message, format!("did you mean `{near}`?"));
                found.push(error);
                continue;
            }
            match SweepAxis::read(entry, &document.root) {
                Ok(axis) => axes.push(axis),
                Err(error) => found.push(error),
            }
        }
        axes.sort_by_key(|axis| axis.at.start);
        found.extend(overlaps(&axes));
        found.extend(assigned(&axes, document));
        let zip = table.get("zip").map_or_else(Vec::new, |zip| zipped(zip, &axes, document, &mut found));
        let exclude =
            table.get("exclude").map_or_else(Vec::new, |list| exclusions(list, &document.root, &mut found));
        let include =
            table.get("include").map_or_else(Vec::new, |list| inclusions(list, document, &mut found));
        let max_cells = table.get("max-cells").and_then(|value| limit(value, &mut found));
        if !found.is_empty() {
            return Err(found);
        }
        let dimensions = ordered(grouped(axes, &zip)).map_err(|error| vec![error])?;
        Ok(Self { at: block.span.clone(), dimensions, exclude, include, max_cells })
    }
}

/// Errors for keys of which one is the other or lies within it.
fn overlaps(axes: &[SweepAxis]) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for (place, axis) in axes.iter().enumerate() {
        for before in axes[..place].iter().filter(|before| path::overlap(&before.canonical, &axis.canonical))
        {
            let (message, remedy) = match before.canonical == axis.canonical {
                true => (
                    format!("`{}` is swept twice", axis.key),
                    "write all its values in one list; a quoted key and a table name the same key",
                ),
                false => (
                    format!("`{}` and `{}` are both swept, but one contains the other", before.key, axis.key),
                    "sweep one of them; two [[sweep]] blocks can hold one each",
                ),
            };
            let error = Diagnostic::at(Some(axis.at.clone()), message, remedy);
            found.push(error.and(before.at.clone(), "the other one"));
        }
    }
    found
}

/// Errors for keys that `--set` gives as well.
fn assigned(axes: &[SweepAxis], document: &Document) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for assignment in document.assignments.iter() {
        let canonical = path::canonical(&document.root, &path::segments(&assignment.key));
        for axis in axes.iter().filter(|axis| path::overlap(&axis.canonical, &canonical)) {
            let message = format!("--set gives `{}`, which the sweep varies", assignment.key);
            let remedy =
                format!("leave --set out, or set the sweep itself: --set 'sweep.\"{}\"=[value]'", axis.key);
            let error = Diagnostic::at(Some(assignment.span.clone()), message, remedy);
            found.push(error.and(axis.at.clone(), "swept here"));
        }
    }
    found
}

/// The groups of `zip`, as indices into the axes.
fn zipped(
    zip: &TomlNode,
    axes: &[SweepAxis],
    document: &Document,
    found: &mut Vec<Diagnostic>,
) -> Vec<Vec<usize>> {
    let remedy = "write zip = [[\"training.lr\", \"training.batch\"]]";
    let groups: Option<Vec<&[TomlNode]>> =
        zip.as_list().and_then(|groups| groups.iter().map(TomlNode::as_list).collect());
    let Some(groups) = groups else {
        found.push(Diagnostic::at(Some(zip.span.clone()), "`zip` is no list of lists of keys", remedy));
        return Vec::new();
    };
    let mut taken: Vec<(usize, Range<usize>)> = Vec::new();
    let mut read = Vec::new();
    for group in groups {
        let mut members: Vec<usize> = Vec::new();
        for item in group {
            let Some(text) = item.as_text() else {
                let message = format!("`zip` holds {}, not the key of an axis", item.value);
                found.push(Diagnostic::at(Some(item.span.clone()), message, remedy));
                continue;
            };
            let canonical = path::canonical(&document.root, &path::segments(text));
            let Some(index) = axes.iter().position(|axis| axis.canonical == canonical) else {
                let message = format!("`zip` names `{text}`, which is no axis of this sweep");
                let remedy = match closest(text, axes.iter().map(|axis| &*axis.key)) {
                    Some(near) => format!("did you mean `{near}`?"),
                    None => format!("add \"{text}\" = [values] to the sweep"),
                };
                found.push(Diagnostic::at(Some(item.span.clone()), message, remedy));
                continue;
            };
            if let Some((_, before)) = taken.iter().find(|(known, _)| *known == index) {
                let error = Diagnostic::at(
                    Some(item.span.clone()),
                    format!("`{text}` is zipped twice"),
                    "name every axis in one group of `zip` at most",
                );
                found.push(error.and(before.clone(), "here as well"));
                continue;
            }
            taken.push((index, item.span.clone()));
            members.push(index);
            let (first, count) = (&axes[members[0]], axes[index].values.len());
            if first.values.len() != count {
                let message = format!(
                    "zipped axes take their values together, but `{}` has {} and `{text}` has {count}",
                    first.key,
                    first.values.len(),
                );
                let error =
                    Diagnostic::at(Some(axes[index].at.clone()), message, "list as many values for each");
                found.push(error.and(first.at.clone(), format!("{} values", first.values.len())));
            }
        }
        if group.len() < 2 {
            let place = group.first().map_or(zip.span.clone(), |item| item.span.clone());
            found.push(Diagnostic::at(Some(place), "a group of `zip` needs at least two keys", remedy));
        }
        read.push(members);
    }
    read
}

fn exclusions(list: &TomlNode, root: &TomlTable, found: &mut Vec<Diagnostic>) -> Vec<Exclusion> {
    let example = "write exclude = [{ \"training.lr\" = 0.1, \"training.batch\" = 16 }]";
    let read =
        |(at, table): (Range<usize>, &TomlTable)| Exclusion { at, conditions: Condition::all(table, root) };
    tables("exclude", list, example, found).into_iter().map(read).collect()
}

fn inclusions(list: &TomlNode, document: &Document, found: &mut Vec<Diagnostic>) -> Vec<Inclusion> {
    let mut all = Vec::new();
    for (at, table) in tables("include", list, "write include = [{ \"training.lr\" = 0.5 }]", found) {
        let mut entries = Vec::new();
        // A nested table is part of the key: `{ training = { lr = 0.5 } }` sets `training.lr` alone.
        flattened(table, &[], &|segments, _| selects(segments, &document.root), &mut entries);
        let mut keys: Vec<(Vec<String>, Range<usize>, AxisValue)> = Vec::new();
        for KeyValue { segments, at, value } in entries {
            found.extend(refused(&segments, &at));
            found.extend(refused_seeds(&segments, std::slice::from_ref(value)));
            let key = written(&segments).into();
            let canonical =
                path::canonical(&document.root, &segments.iter().map(String::as_str).collect::<Vec<_>>());
            for assignment in document.assignments.iter() {
                let set = path::canonical(&document.root, &path::segments(&assignment.key));
                if path::overlap(&set, &canonical) {
                    let message = format!("--set gives `{}`, which the sweep varies", assignment.key);
                    let error = Diagnostic::at(Some(assignment.span.clone()), message, "leave --set out");
                    found.push(error.and(at.clone(), "set by this point of the sweep"));
                }
            }
            keys.push((segments, at, AxisValue::new(&key, value)));
        }
        all.push(Inclusion { at, keys });
    }
    all
}

/// The tables of a list, none of them empty.
fn tables<'a>(
    key: &str,
    list: &'a TomlNode,
    example: &str,
    found: &mut Vec<Diagnostic>,
) -> Vec<(Range<usize>, &'a TomlTable)> {
    let Some(items) = list.as_list() else {
        found.push(Diagnostic::at(Some(list.span.clone()), format!("`{key}` is no list of tables"), example));
        return Vec::new();
    };
    let mut read = Vec::new();
    for item in items {
        match item.as_table() {
            Some(table) if !table.is_empty() => read.push((item.span.clone(), table)),
            _ => {
                let message = format!("`{key}` holds {}, expected a table of keys and values", item.value);
                found.push(Diagnostic::at(Some(item.span.clone()), message, example));
            }
        }
    }
    read
}

fn limit(value: &TomlNode, found: &mut Vec<Diagnostic>) -> Option<(usize, Range<usize>)> {
    let number = match value.value {
        crate::tree::TomlValue::Integer(number) => usize::try_from(number).ok().filter(|n| *n > 0),
        _ => None,
    };
    if number.is_none() {
        let message = format!("`max-cells` = {} is no positive whole number", value.value);
        found.push(Diagnostic::at(Some(value.span.clone()), message, "write max-cells = 1000"));
    }
    number.map(|number| (number, value.span.clone()))
}

/// The axes with those of one group of `zip` together, in the order of the first.
fn grouped(axes: Vec<SweepAxis>, zip: &[Vec<usize>]) -> Vec<Vec<SweepAxis>> {
    let mut dimensions: Vec<(Option<usize>, Vec<SweepAxis>)> = Vec::new();
    for (index, axis) in axes.into_iter().enumerate() {
        let group = zip.iter().position(|members| members.contains(&index));
        match dimensions.iter_mut().find(|(known, _)| group.is_some() && *known == group) {
            Some((_, members)) => members.push(axis),
            None => dimensions.push((group, vec![axis])),
        }
    }
    dimensions.into_iter().map(|(_, members)| members).collect()
}

/// The dimensions in the order of the file, those with conditions after all others and after those that decide them.
fn ordered(dimensions: Vec<Vec<SweepAxis>>) -> Result<Vec<Vec<SweepAxis>>, Diagnostic> {
    // A condition may depend on any axis, through references.
    let free = |dimension: &Vec<SweepAxis>| dimension.iter().all(|axis| axis.when.is_empty());
    let (mut done, mut left): (Vec<_>, Vec<_>) = dimensions.into_iter().partition(free);
    let decides = |other: &[SweepAxis], condition: &Condition| {
        other.iter().any(|axis| path::overlap(&axis.canonical, &condition.canonical))
    };
    while !left.is_empty() {
        let ready = left.iter().position(|dimension| {
            let mut conditions = dimension.iter().flat_map(|axis| &axis.when);
            !conditions.any(|condition| left.iter().any(|other| decides(other, condition)))
        });
        let Some(ready) = ready else {
            let axis = left.iter().flatten().find(|axis| !axis.when.is_empty());
            let (at, key) = axis.map_or((0..0, ""), |axis| (axis.at.clone(), &*axis.key));
            let message = format!("the conditions of `{key}` depend on the axis itself");
            let mut error = Diagnostic::at(Some(at), message, "remove one of these conditions");
            for condition in left.iter().flatten().flat_map(|axis| &axis.when) {
                error = error.and(condition.at.clone(), "a condition");
            }
            return Err(error);
        };
        done.push(left.remove(ready));
    }
    Ok(done)
}
