use camlab_config::{Diagnostic, Document, Experiment, Invalid};

use super::check;
use super::sweep::{self, Override};

/// One point of the sweep with one seed: an experiment of its own.
#[derive(Debug, Clone)]
pub struct Cell {
    /// `s0`, or `c01-s0` when there are several configurations; unique in the experiment.
    pub id: String,
    /// Seeds every random stream of the cell.
    pub seed: u64,
    /// What the sweep set, in the file's order; empty without one.
    pub overrides: Vec<Override>,
    /// The experiment with the overrides in it.
    pub experiment: Experiment,
}

impl Cell {
    /// The cell without its seed: `lr = 0.1, batch = 8`; `base` without a sweep.
    pub fn configuration(&self) -> String {
        if self.overrides.is_empty() {
            return "base".into();
        }
        // The last part of a key says enough, unless two keys end alike.
        let last = |key: &str| key.rsplit('.').next().unwrap_or(key).to_string();
        let alike = |key: &str| self.overrides.iter().filter(|o| last(&o.key) == last(key)).count();
        let name = |key: &str| if alike(key) == 1 { last(key) } else { key.to_string() };
        let parts: Vec<_> =
            self.overrides.iter().map(|o| format!("{} = {}", name(&o.key), o.value)).collect();
        parts.join(", ")
    }
}

/// Every cell of a document, read through the schema and checked.
///
/// # Errors
/// [`Invalid`] with everything that is wrong, in the order of the file.
pub fn cells(document: &Document<'_>) -> Result<Vec<Cell>, Invalid> {
    let invalid = |found: Vec<Diagnostic>| Invalid::new(document.sources.clone(), found);
    let points = sweep::expand(document).map_err(invalid)?;
    let several = points.len() > 1;
    let mut found = Vec::new();
    let mut cells: Vec<Cell> = Vec::new();
    for (index, point) in points.into_iter().enumerate() {
        let named = |mut diagnostic: Diagnostic| {
            if !point.overrides.is_empty() {
                diagnostic.cell = Some(format!("c{index:02}"));
            }
            diagnostic
        };
        let experiment: Experiment = match point.document.read() {
            Ok(experiment) => experiment,
            Err(diagnostic) => {
                found.push(named(diagnostic));
                continue;
            }
        };
        found.extend(check::experiment(&point.document, &experiment).into_iter().map(named));
        for seed in &experiment.seeds {
            let id = if several { format!("c{index:02}-s{seed}") } else { format!("s{seed}") };
            let cell =
                Cell { id, seed: *seed, overrides: point.overrides.clone(), experiment: experiment.clone() };
            cells.push(cell);
        }
    }
    if found.is_empty() { Ok(cells) } else { Err(invalid(found)) }
}
