use std::collections::HashMap;
use std::sync::Arc;

use camlab_config::{Document, Experiment, Override, points};
use camlab_plan::{Cell, Plan, document_of_cell};

/// The documents of the configurations of some cells, by [`Cell::index`]: overrides applied, references replaced. No
/// experiment is read anew, so that it takes little for a big sweep.
pub(super) fn documents<'c>(
    document: &Document,
    cells: impl Iterator<Item = &'c Cell>,
) -> HashMap<usize, Document> {
    let mut wanted: HashMap<String, usize> = HashMap::new();
    if document.root.get("search").is_some() {
        let own = |cell: &Cell| Some((cell.index, document_of_cell(document, cell).ok()??));
        return cells.filter_map(own).collect();
    }
    for cell in cells {
        wanted.insert(text(&cell.overrides), cell.index);
    }
    if wanted.is_empty() {
        return HashMap::new();
    }
    let mut found = HashMap::new();
    // The points were read before the cells were made, without a mistake.
    for point in points(document).unwrap_or_default() {
        // Several points can set the same values; the first one made the cell.
        if let Some(index) = wanted.remove(&text(&point.overrides))
            && let Ok(own) = point.document.interpolated()
        {
            found.insert(index, own);
        }
    }
    found
}

/// The cells of the experiments that those of a plan refer to, by their names, with their documents.
pub(super) struct OtherCells(HashMap<String, (Document, Cell)>);

impl OtherCells {
    /// Those of a plan.
    pub fn of(plan: &Plan) -> Self {
        let mut found = HashMap::new();
        let mut last: Option<&Arc<Experiment>> = None;
        // The cells that differ in their seed alone share an experiment.
        for cell in &plan.cells {
            if last.is_none_or(|last| !Arc::ptr_eq(last, &cell.experiment)) {
                for (other, cell) in cell.others() {
                    let document = other.document.interpolated();
                    found.extend(document.ok().map(|document| (cell.id.clone(), (document, cell))));
                }
            }
            last = Some(&cell.experiment);
        }
        Self(found)
    }

    /// The document and the cell with a name.
    pub fn get(&self, id: &str) -> Option<(&Document, &Cell)> {
        self.0.get(id).map(|(document, cell)| (document, cell))
    }
}

fn text(overrides: &[Override]) -> String {
    overrides.iter().map(|set| format!("{} = {}\n", set.key, set.value)).collect()
}
