//! Rows of evaluations without the names of a cell, kept while a report is assembled: cells of a sweep that differ in what
//! their metrics ask show the same evaluations.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use camlab_frame::{EvaluatedRow, Frame};
use camlab_plan::Shown;

/// Images of all kept evaluations together; one of more images is not kept.
const KEPT_IMAGES: usize = 4096;

/// One row group of an evaluation, completed by boxes, cost and measured numbers.
pub(super) struct CompletedRows {
    /// The rows, without names.
    pub frame: Frame,
    /// The columns that the metrics read.
    pub rows: Vec<EvaluatedRow>,
}

/// The stages that the rows of an evaluation are made of.
#[derive(Debug, Clone, PartialEq, Eq)]
struct CompletedKey {
    stage: usize,
    boxes: Option<usize>,
    maps: Option<usize>,
    quantities: Vec<usize>,
}

/// The rows of the evaluations that were read last.
#[derive(Default)]
pub(super) struct KnownRows(Mutex<VecDeque<(CompletedKey, Arc<Vec<CompletedRows>>)>>);

impl KnownRows {
    /// The rows of a shown evaluation, if they are kept.
    pub fn get(&self, shown: &Shown) -> Option<Arc<Vec<CompletedRows>>> {
        let key = key(shown);
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.iter().find(|(kept, _)| *kept == key).map(|(_, rows)| Arc::clone(rows))
    }

    /// `true` if the rows of an evaluation of some images can be kept.
    pub fn may_keep(images: usize) -> bool {
        images <= KEPT_IMAGES
    }

    /// Keeps the rows of an evaluation in place of those that were read longest ago.
    pub fn keep(&self, shown: &Shown, rows: Vec<CompletedRows>) {
        if rows.is_empty() {
            return;
        }
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.push_back((key(shown), Arc::new(rows)));
        while known.iter().map(|(_, rows)| images(rows)).sum::<usize>() > KEPT_IMAGES {
            known.pop_front();
        }
    }
}

fn key(shown: &Shown) -> CompletedKey {
    let beside = |role: &str| shown.beside.get(role).copied();
    CompletedKey {
        stage: shown.stage,
        boxes: beside("boxes"),
        maps: beside("maps"),
        quantities: shown.quantities.clone(),
    }
}

fn images(rows: &[CompletedRows]) -> usize {
    rows.iter().map(|group| group.rows.len()).sum()
}
