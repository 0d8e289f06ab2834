use std::sync::Arc;

use camlab_config::{Diagnostic, Document, Experiment, Invalid};

use super::check;
use super::sweep::{self, Override};

/// One point of the sweep with one seed: an independent experiment.
#[derive(Debug, Clone)]
pub struct Cell {
    /// `s0`, or `c01-s0` if there are several configurations; unique in the experiment.
    pub id: String,
    /// Seed of every random stream of the cell.
    pub seed: u64,
    /// The keys set by the sweep, in the file's order; empty without a sweep.
    pub overrides: Vec<Override>,
    /// The experiment, overrides applied; one for all seeds.
    pub experiment: Arc<Experiment>,
}

impl Cell {
    /// Name of the configuration, without the seed: `lr = 0.1, batch = 8`; `base` without a sweep.
    pub fn configuration(&self) -> String {
        if self.overrides.is_empty() {
            return "base".into();
        }
        // The last segment of a key suffices, unless two keys end in the same one.
        let last = |key: &str| key.rsplit('.').next().unwrap_or(key).to_string();
        let alike = |key: &str| self.overrides.iter().filter(|o| last(&o.key) == last(key)).count();
        let name = |key: &str| if alike(key) == 1 { last(key) } else { key.to_string() };
        let parts: Vec<_> =
            self.overrides.iter().map(|o| format!("{} = {}", name(&o.key), o.value)).collect();
        parts.join(", ")
    }
}

/// All cells of a document, deserialised and checked.
///
/// # Errors
/// [`Invalid`] with all errors, in the order of the file.
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
        let experiment = match point.document.experiment() {
            Ok(experiment) => Arc::new(experiment),
            Err(diagnostic) => {
                found.push(named(diagnostic));
                continue;
            }
        };
        found.extend(check::experiment(&point.document, &experiment).into_iter().map(named));
        for seed in &experiment.seeds {
            let id = if several { format!("c{index:02}-s{seed}") } else { format!("s{seed}") };
            let cell = Cell {
                id,
                seed: *seed,
                overrides: point.overrides.clone(),
                experiment: Arc::clone(&experiment),
            };
            cells.push(cell);
        }
    }
    if found.is_empty() { Ok(cells) } else { Err(invalid(found)) }
}
