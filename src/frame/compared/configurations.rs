use std::sync::Arc;

use crate::aggregate::Aggregate;
use crate::{BASELINE, CellRow, CellSet, Direction, UNCHANGED};

/// One configuration of a report: cells that differ in their seed alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReportConfiguration {
    /// `c01`; `base` in a report with one configuration.
    pub id: String,
    /// Its label, such as `lr = 0.1`.
    pub label: String,
    /// Seeds, in the order of the cells.
    pub seeds: Vec<i64>,
    /// Its cells.
    pub cells: CellSet,
    /// Name of its first cell.
    pub first_cell: String,
}

/// The configurations of a report, in the order of its cells.
pub fn configurations_of(rows: &[CellRow]) -> Vec<ReportConfiguration> {
    let mut all: Vec<ReportConfiguration> = Vec::new();
    for row in rows {
        let place = all.iter().position(|known| known.label == row.configuration).unwrap_or_else(|| {
            all.push(ReportConfiguration {
                id: before_seed(&row.cell, row.seed).unwrap_or("base").to_owned(),
                label: row.configuration.clone(),
                seeds: Vec::new(),
                cells: CellSet::default(),
                first_cell: row.cell.clone(),
            });
            all.len() - 1
        });
        let found = &mut all[place];
        found.cells.insert(&row.cell, row.seed);
        if !found.seeds.contains(&row.seed) {
            found.seeds.push(row.seed);
        }
    }
    all
}

/// `c01` of `c01-s7`; `None` for a cell whose name is its seed alone.
fn before_seed(cell: &str, seed: i64) -> Option<&str> {
    let ending = format!("s{seed}");
    match cell.strip_suffix(&ending) {
        Some(before) => before.strip_suffix('-').filter(|before| !before.is_empty()),
        None => Some(cell),
    }
}

impl ReportConfiguration {
    /// The configuration with the best value of MaxBoxAccV2, else of the first metric (at the threshold of
    /// validation images where there is one), over the unchanged maps of all
    /// networks; `None` without a value.
    pub fn best<'a>(all: &'a [Self], aggregates: &[Aggregate]) -> Option<&'a Self> {
        let ranks = |a: &&Aggregate| &*a.network != BASELINE && &*a.contrast == UNCHANGED;
        let first: Option<Arc<str>> = {
            let metrics = || aggregates.iter().filter(ranks).map(|a| &a.metric);
            let named = |name: &str| metrics().find(|metric| ***metric == *name);
            let first = named("max-box-acc-v2").or_else(|| metrics().next());
            // At the threshold that validation images choose, where there is one.
            first.and_then(|name| named(&crate::at_val_threshold(name))).or(first).cloned()
        };
        let metric = first?;
        let mut best: Option<(&Aggregate, f64)> = None;
        for aggregate in aggregates.iter().filter(ranks).filter(|a| a.metric == metric) {
            let Some(value) = aggregate.value else { continue };
            let is_better = |than: f64| match aggregate.direction {
                Direction::Higher => value > than,
                Direction::Lower => value < than,
            };
            if best.is_none_or(|(_, than)| is_better(than)) {
                best = Some((aggregate, value));
            }
        }
        let (found, _) = best?;
        all.iter().find(|known| *known.label == *found.configuration)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_of_one_configuration_are_one_entry() {
        let row = |cell: &str, seed: i64, label: &str| CellRow {
            cell: cell.into(),
            seed,
            configuration: label.into(),
            key: None,
            value: None,
        };
        let rows = [
            row("c00-s1", 1, "lr = 0.1"),
            row("c00-s1", 1, "lr = 0.1"),
            row("c00-s2", 2, "lr = 0.1"),
            row("c01-s1", 1, "lr = 0.2"),
        ];
        let found = configurations_of(&rows);
        let words: Vec<_> =
            found.iter().map(|one| (one.id.as_str(), one.label.as_str(), one.seeds.as_slice())).collect();
        assert_eq!(words, [("c00", "lr = 0.1", &[1, 2][..]), ("c01", "lr = 0.2", &[1][..])]);
        assert!(found[0].cells.holds("c00-s2", 2) && !found[0].cells.holds("c01-s1", 1));
        assert_eq!(configurations_of(&[row("s7", 7, "base")])[0].id, "base");
    }
}
