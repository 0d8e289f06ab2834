use std::path::Path;
use std::sync::Arc;

use super::truth::ImageTruth;
use crate::row::frame;
use crate::{CellSet, EvaluatedRow, FrameError, FrameReader, ImageRow, Row as _};

frame! {
    /// The columns of `images.parquet` that tell which map and image a row is about.
    PlacedImageRow in "images.parquet" {
        /// Cell of the experiment.
        cell: Arc<str>,
        /// Seed of the cell.
        seed: i64,
        /// Network, or `baseline`.
        network: Arc<str>,
        /// CAM method or baseline.
        method: Arc<str>,
        /// Tapped layer; `-` for baselines.
        layer: Arc<str>,
        /// Contrast applied to the map before evaluation; `none` for unchanged maps.
        contrast: Arc<str>,
        /// Identifier of the image in its dataset.
        image: Arc<str>,
        /// Name of the true class.
        label_name: Arc<str>,
        /// Rows of the evaluation grid, pixels.
        height: u32,
        /// Columns of the evaluation grid, pixels.
        width: u32,
        /// Ground-truth boxes, flattened.
        truth_boxes: Vec<i32>,
    }
}

/// Network, method, layer and contrast of an evaluated map.
pub type MapPlace = [Arc<str>; 4];

/// Consecutive rows of one evaluation.
#[derive(Debug)]
pub struct EvaluationPart {
    /// Cell.
    pub cell: Arc<str>,
    /// Seed of the cell.
    pub seed: i64,
    /// The map.
    pub place: MapPlace,
    /// Name and ground truth of every image.
    pub images: Vec<(Arc<str>, ImageTruth)>,
    /// The results of every image.
    pub rows: Vec<EvaluatedRow>,
    /// Columns of numbers that metrics measured themselves: name and a number per image.
    pub quantities: Vec<(String, Vec<Option<f64>>)>,
    /// Columns of lists of numbers that metrics measured themselves: name and a list per image.
    pub lists: Vec<(String, Vec<Vec<f32>>)>,
}

/// Hands over the rows of `images.parquet` that belong to some cells, evaluation after evaluation; one in several row
/// groups comes in several parts.
///
/// # Errors
/// `images.parquet` is missing or damaged, and the errors of `take`.
pub fn read_evaluations<E: From<FrameError>>(
    dir: &Path,
    cells: &CellSet,
    mut take: impl FnMut(EvaluationPart) -> Result<(), E>,
) -> Result<(), E> {
    let reader = FrameReader::all_columns(dir, ImageRow::FILE)?.only(cells);
    let measured: Vec<String> = reader
        .columns()
        .into_iter()
        .filter(|name| ImageRow::COLUMNS.iter().all(|column| column.name != name))
        .collect();
    for frame in reader {
        let frame = frame?;
        let (mut numbers, mut lists) = (Vec::new(), Vec::new());
        for column in &measured {
            match frame.holds_lists(column)? {
                true => lists.push((column, frame.lists(column)?)),
                false => numbers.push((column, frame.numbers(column)?)),
            }
        }
        let (placed, rows) = (frame.rows::<PlacedImageRow>()?, frame.rows::<EvaluatedRow>()?);
        let mut both = placed.into_iter().zip(rows).enumerate().peekable();
        while let Some((start, (placed, row))) = both.next() {
            let place = place_of(&placed);
            let mut part = EvaluationPart {
                cell: Arc::clone(&placed.cell),
                seed: placed.seed,
                place,
                images: vec![truth_of(placed)],
                rows: vec![row],
                quantities: Vec::new(),
                lists: Vec::new(),
            };
            let same = |other: &PlacedImageRow, part: &EvaluationPart| {
                other.cell == part.cell && other.seed == part.seed && place_of(other) == part.place
            };
            while let Some((_, (placed, row))) = both.next_if(|(_, (placed, _))| same(placed, &part)) {
                part.images.push(truth_of(placed));
                part.rows.push(row);
            }
            let range = start..start + part.rows.len();
            part.quantities =
                numbers.iter().map(|(name, all)| ((*name).clone(), all[range.clone()].to_vec())).collect();
            part.lists =
                lists.iter().map(|(name, all)| ((*name).clone(), all[range.clone()].to_vec())).collect();
            take(part)?;
        }
    }
    Ok(())
}

fn place_of(row: &PlacedImageRow) -> MapPlace {
    [&row.network, &row.method, &row.layer, &row.contrast].map(Arc::clone)
}

fn truth_of(row: PlacedImageRow) -> (Arc<str>, ImageTruth) {
    let truth = ImageTruth { label: row.label_name, size: [row.height, row.width], boxes: row.truth_boxes };
    (row.image, truth)
}
