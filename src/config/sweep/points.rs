use std::ops::Range;
use std::sync::Arc;

use crate::tree::{TomlNode, TomlTable, TomlValue};
use crate::{Diagnostic, Document, path};

use super::axis::{AxisValue, SweepAxis};
use super::block::{Exclusion, Inclusion, SweepBlock};
use super::condition::Condition;
use super::{MOST_CELLS, Point};

/// Limit on the points of a product before exclusions.
const MOST_POINTS: usize = 1_000_000;

/// All points of an experiment, the last axis of a block varying fastest; a single point without a sweep.
///
/// # Errors
/// Everything that is wrong with the sweep.
pub fn points(document: &Document) -> Result<Vec<Point>, Vec<Diagnostic>> {
    let mut base = document.clone();
    Arc::make_mut(&mut base.root).remove("search");
    let Some((_, sweep)) = Arc::make_mut(&mut base.root).remove("sweep") else {
        return Ok(vec![Point { document: base, overrides: Vec::new(), place: 0..0 }]);
    };
    let blocks = match &sweep.value {
        TomlValue::List(blocks) if !blocks.is_empty() => &blocks[..],
        _ => std::slice::from_ref(&sweep),
    };
    let mut found = Vec::new();
    let mut points = Vec::new();
    for block in blocks {
        match SweepBlock::read(block, &base).and_then(|block| block.points(&base)) {
            Ok(more) => points.extend(more),
            Err(errors) => found.extend(errors),
        }
    }
    let limited = |block: &TomlNode| block.as_table().is_some_and(|table| table.get("max-cells").is_some());
    if !blocks.iter().any(limited) && found.is_empty() {
        found.extend(too_many(points.len(), &base, MOST_CELLS, &sweep.span));
    }
    if found.is_empty() { Ok(points) } else { Err(found) }
}

/// Error for more cells than the limit allows.
fn too_many(points: usize, base: &Document, limit: usize, at: &Range<usize>) -> Option<Diagnostic> {
    let seeds = base.root.get("seeds").and_then(TomlNode::as_list).map_or(1, <[TomlNode]>::len);
    let cells = points.saturating_mul(seeds);
    let times =
        if seeds == 1 { String::new() } else { format!(" ({points} points with {seeds} seeds each)") };
    let message = format!("the sweep has {cells} cells{times}, more than max-cells = {limit}");
    let remedy = "sweep fewer keys or values, or raise max-cells in [sweep]";
    (cells > limit).then(|| Diagnostic::at(Some(at.clone()), message, remedy))
}

impl SweepBlock {
    fn points(&self, base: &Document) -> Result<Vec<Point>, Vec<Diagnostic>> {
        let swept: Vec<Vec<String>> =
            self.dimensions.iter().flatten().map(|axis| axis.canonical.clone()).collect();
        let first = Point { document: base.clone(), overrides: Vec::new(), place: self.at.clone() };
        let mut points = vec![first];
        for dimension in &self.dimensions {
            points = multiplied(points, dimension, &swept, &self.at)?;
        }
        if self.dimensions.is_empty() && !self.include.is_empty() {
            points.clear();
        }
        for exclusion in &self.exclude {
            points = exclusion.apply(points, &swept)?;
        }
        if points.is_empty() && self.include.is_empty() {
            let message = "the sweep excludes all its points";
            return Err(vec![Diagnostic::at(Some(self.at.clone()), message, "exclude fewer of them")]);
        }
        for inclusion in &self.include {
            points.push(inclusion.point(base)?);
        }
        let (limit, at) = self.max_cells.clone().unwrap_or((MOST_CELLS, self.at.clone()));
        match too_many(points.len(), base, limit, &at) {
            Some(error) => Err(vec![error]),
            None => Ok(points),
        }
    }
}

/// Every point with every value of a dimension; points where its conditions do not hold stay as they are.
fn multiplied(
    points: Vec<Point>,
    dimension: &[SweepAxis],
    swept: &[Vec<String>],
    block: &Range<usize>,
) -> Result<Vec<Point>, Vec<Diagnostic>> {
    let count = dimension[0].values.len();
    if points.len().saturating_mul(count) > MOST_POINTS {
        let message = format!("the sweep has more than {MOST_POINTS} points");
        return Err(vec![Diagnostic::at(
            Some(block.clone()),
            message,
            "sweep fewer keys at a time, or fewer values",
        )]);
    }
    let conditions: Vec<&Condition> = dimension.iter().flat_map(|axis| &axis.when).collect();
    let mut all = Vec::with_capacity(points.len() * count);
    let mut applied = false;
    for point in points {
        if !all_hold(&conditions, &point.document, swept)? {
            all.push(point);
            continue;
        }
        applied = true;
        for index in 0..count {
            let mut next = point.clone();
            for axis in dimension {
                next.set(&axis.segments, &axis.at, &axis.values[index])?;
            }
            all.push(next);
        }
    }
    if !applied {
        let axis = &dimension[0];
        let message =
            format!("the axis `{}` applies to no point of the sweep: its `when` never holds", axis.key);
        return Err(vec![Diagnostic::at(
            Some(axis.at.clone()),
            message,
            "correct the conditions, or remove the axis",
        )]);
    }
    Ok(all)
}

/// `true` if all conditions hold in a document. References in it are followed.
fn all_hold(
    conditions: &[&Condition],
    document: &Document,
    swept: &[Vec<String>],
) -> Result<bool, Vec<Diagnostic>> {
    if conditions.is_empty() {
        return Ok(true);
    }
    let document = document.interpolated()?;
    for condition in conditions {
        if !condition.holds(&document, swept).map_err(|error| vec![error])? {
            return Ok(false);
        }
    }
    Ok(true)
}

impl Point {
    fn set(
        &mut self,
        segments: &[String],
        at: &Range<usize>,
        value: &AxisValue,
    ) -> Result<(), Vec<Diagnostic>> {
        let path: Vec<&str> = segments.iter().map(String::as_str).collect();
        let root: &mut TomlTable = Arc::make_mut(&mut self.document.root);
        path::set(root, &path, value.node.clone(), at).map_err(|message| {
            let remedy = "write the full key, tables and keys joined by dots, such as \"training.lr\"";
            let message = format!("cannot sweep `{}`: {message}", value.shown.key);
            vec![Diagnostic::at(Some(at.clone()), message, remedy)]
        })?;
        self.overrides.push(value.shown.clone());
        self.place = value.node.span.clone();
        Ok(())
    }
}

impl Exclusion {
    fn apply(&self, points: Vec<Point>, swept: &[Vec<String>]) -> Result<Vec<Point>, Vec<Diagnostic>> {
        let conditions: Vec<&Condition> = self.conditions.iter().collect();
        let before = points.len();
        let mut kept = Vec::with_capacity(before);
        for point in points {
            if !all_hold(&conditions, &point.document, swept)? {
                kept.push(point);
            }
        }
        if kept.len() == before {
            let message = "this exclusion matches no point of the sweep";
            let remedy = "write values as the axes list them, or remove the entry";
            return Err(vec![Diagnostic::at(Some(self.at.clone()), message, remedy)]);
        }
        Ok(kept)
    }
}

impl Inclusion {
    fn point(&self, base: &Document) -> Result<Point, Vec<Diagnostic>> {
        let mut point = Point { document: base.clone(), overrides: Vec::new(), place: self.at.clone() };
        for (segments, at, value) in &self.keys {
            point.set(segments, at, value)?;
        }
        point.place = self.at.clone();
        Ok(point)
    }
}
