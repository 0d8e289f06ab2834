use toml::Spanned;
use toml::de::{DeTable, DeValue};

use camlab_config::{Diagnostic, Document, path};

/// Limit on the number of cells; more are taken for a typing error.
const MOST_POINTS: usize = 10_000;

/// One key set by the sweep.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Override {
    /// The dotted key.
    pub key: String,
    /// The value, as written in the file.
    pub value: String,
}

/// The document with one combination of the sweep's values applied.
pub(super) struct Point<'t> {
    pub document: Document<'t>,
    pub overrides: Vec<Override>,
}

struct SweepAxis<'a, 't> {
    key: String,
    /// Span of the key.
    at: std::ops::Range<usize>,
    values: Vec<&'a Spanned<DeValue<'t>>>,
}

/// All combinations of `[sweep]`'s lists, the last key varying fastest; a single point without a sweep.
pub(super) fn expand<'t>(document: &Document<'t>) -> Result<Vec<Point<'t>>, Vec<Diagnostic>> {
    let mut base = document.clone();
    path::remove(base.root.get_mut(), "sweep");
    let Some(sweep) = path::get(document.root.get_ref(), &["sweep"]) else {
        return Ok(vec![Point { document: base, overrides: Vec::new() }]);
    };
    let DeValue::Table(table) = sweep.get_ref() else {
        let message = format!("`sweep` is a {}, not a table", sweep.get_ref().type_str());
        return Err(vec![Diagnostic::at(
            Some(sweep.span()),
            message,
            "write [sweep] and key = [values] below it",
        )]);
    };
    let mut axes = Vec::new();
    let mut found = Vec::new();
    collect(table, "", &mut axes, &mut found);
    let points = axes.iter().map(|axis| axis.values.len()).try_fold(1usize, |n, m| n.checked_mul(m));
    if points.is_none_or(|points| points > MOST_POINTS) {
        let message = format!("the sweep has more than {MOST_POINTS} cells");
        found.push(Diagnostic::at(
            Some(sweep.span()),
            message,
            "sweep fewer keys at a time, or fewer values",
        ));
    }
    if !found.is_empty() {
        return Err(found);
    }
    // Parsed tables are sorted by name; the axes have the order of the file.
    axes.sort_by_key(|axis| axis.at.start);
    for (place, axis) in axes.iter().enumerate() {
        if axes[..place].iter().any(|before| before.key == axis.key) {
            let message = format!("`{}` is swept twice", axis.key);
            let remedy = "write all its values in one list; a quoted key and a table name the same key";
            return Err(vec![Diagnostic::at(Some(axis.at.clone()), message, remedy)]);
        }
    }
    let mut points = vec![Point { document: base, overrides: Vec::new() }];
    for axis in &axes {
        points = points
            .iter()
            .flat_map(|point| axis.values.iter().map(|value| apply(point, axis, value)))
            .collect::<Result<_, _>>()?;
    }
    Ok(points)
}

fn collect<'a, 't>(
    table: &'a DeTable<'t>,
    prefix: &str,
    axes: &mut Vec<SweepAxis<'a, 't>>,
    found: &mut Vec<Diagnostic>,
) {
    for (name, value) in table {
        let key = if prefix.is_empty() {
            name.get_ref().to_string()
        } else {
            format!("{prefix}.{}", name.get_ref())
        };
        match value.get_ref() {
            DeValue::Table(inner) => collect(inner, &key, axes, found),
            DeValue::Array(values) if values.is_empty() => {
                let message = format!("the sweep over `{key}` has no values");
                found.push(Diagnostic::at(
                    Some(value.span()),
                    message,
                    "list at least one, or remove the key",
                ));
            }
            DeValue::Array(_) if key == "seeds" => {
                let remedy = "write seeds = [0, 1, 2] at the top of the file; every configuration runs with every seed";
                found.push(Diagnostic::at(Some(name.span()), "`seeds` cannot be swept", remedy));
            }
            DeValue::Array(values) => {
                axes.push(SweepAxis { key, at: name.span(), values: values.iter().collect() })
            }
            other => {
                let message =
                    format!("the sweep over `{key}` is a {}, not a list of values", other.type_str());
                let remedy = format!("write \"{key}\" = [first, second]");
                found.push(Diagnostic::at(Some(value.span()), message, remedy));
            }
        }
    }
}

fn apply<'t>(
    point: &Point<'t>,
    axis: &SweepAxis<'_, 't>,
    value: &Spanned<DeValue<'t>>,
) -> Result<Point<'t>, Vec<Diagnostic>> {
    let mut document = point.document.clone();
    if let Err(message) =
        path::set(document.root.get_mut(), &path::segments(&axis.key), value.clone(), &axis.at)
    {
        let remedy = "write the full key, tables and keys joined by dots, such as \"training.lr\"";
        return Err(vec![Diagnostic::at(
            Some(value.span()),
            format!("cannot sweep `{}`: {message}", axis.key),
            remedy,
        )]);
    }
    let (_, text, local) = document.sources.locate(&value.span());
    let written = text[local].split_whitespace().collect::<Vec<_>>().join(" ");
    let mut overrides = point.overrides.clone();
    overrides.push(Override { key: axis.key.clone(), value: written });
    Ok(Point { document, overrides })
}
