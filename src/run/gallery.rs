use std::collections::HashMap;

use anyhow::Context as _;

use super::artefacts::Artefacts;
use super::evaluations::EvaluatedMap;
use camlab_data::{self as data, Dataset};
use camlab_frame::{GalleryRow, ImageRow, RankKind, UNCHANGED};
use camlab_raster::{Interpolation, Map, Rgb, encode, min_max, resize};
use camlab_stage::evaluate::Evaluate;
use camlab_stage::map_source::MapSource;
use camlab_stage::{Job, Progress, Unobserved, Work as _, work_of};

/// Pixels up to which a photograph is stored losslessly as PNG; larger ones as JPEG, since the report embeds them.
const LARGEST_PNG: usize = 96 * 96;
/// Longest side of a photograph in a report, pixels.
const LONGEST_SIDE: usize = 448;
const JPEG_QUALITY: u8 = 85;
/// Longest side of a map's grid in a report.
const LARGEST_GRID: usize = 56;

/// The images of the first cell by how well its networks' unchanged maps localise them.
#[derive(Default)]
pub(super) struct ImageRanking(HashMap<u32, (f64, u32)>);

impl ImageRanking {
    /// Adds an evaluation, if it is one of these maps.
    pub(super) fn add(&mut self, evaluated: &EvaluatedMap<'_>) {
        let [.., contrast] = evaluated.map();
        if evaluated.shown.cell == 0 && evaluated.is_of_network() && contrast == UNCHANGED {
            for (index, iou) in &evaluated.overlaps {
                let sum = self.0.entry(*index).or_default();
                *sum = (sum.0 + f64::from(*iou), sum.1 + 1);
            }
            // Without a single true box nothing ranks the images: their order in the data set does.
            if evaluated.overlaps.is_empty() {
                for index in &evaluated.indices {
                    self.0.entry(*index).or_insert((f64::NAN, 1));
                }
            }
        }
    }

    /// Image indices by descending mean IoU (at the middle IoU threshold) over the maps; ties by index.
    fn ranked(self) -> Vec<u32> {
        let mut ranked: Vec<(f64, u32)> =
            self.0.into_iter().map(|(index, (sum, n))| (sum / f64::from(n), index)).collect();
        ranked.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
        ranked.into_iter().map(|(_, index)| index).collect()
    }
}

/// The first cell's best and worst images by mean IoU over its methods, with the maps of every method.
pub(super) fn rows(artefacts: &Artefacts<'_>, ranking: ImageRanking) -> anyhow::Result<Vec<GalleryRow>> {
    let Artefacts { plan, store, .. } = *artefacts;
    let Some(cell) = plan.cells.first() else { return Ok(Vec::new()) };
    let set = data::open(&cell.experiment.data.test)?;
    let ranked = ranking.ranked();
    let best = ranked.iter().take(cell.experiment.report.best);
    let best = best.enumerate().map(|(rank, index)| (RankKind::Best, rank, *index));
    let rest = ranked.len().saturating_sub(cell.experiment.report.best);
    let worst = ranked.iter().rev().take(cell.experiment.report.worst.min(rest));
    let worst = worst.enumerate().map(|(rank, index)| (RankKind::Worst, rank, *index));
    let shown: Vec<_> = best.chain(worst).collect();

    let mut photos = HashMap::new();
    for (_, _, index) in &shown {
        let photo = set.photo_as(*index as usize, cell.experiment.data.on_bad_image)?;
        photos.insert(*index, encode_photo(&photo).context("cannot encode a photograph of the gallery")?);
    }
    let mut gallery = Vec::new();
    for entry in artefacts.shown(Evaluate::KIND).filter(|entry| entry.cell == 0) {
        let stage = plan.stages.get(entry.stage);
        let work: Evaluate = work_of(stage)?;
        let job = Job { stage, store, progress: Progress::new(&Unobserved), own_process: false };
        let mut maps = MapSource::open(&job, "maps", &work.maps, &work.images, set.as_ref())?;
        let positions: HashMap<usize, usize> =
            maps.rows.iter().enumerate().map(|(position, row)| (row.index, position)).collect();
        let mut by_index: HashMap<u32, ImageRow> = HashMap::new();
        let chosen: Vec<u32> = shown.iter().map(|(_, _, index)| *index).collect();
        artefacts.evaluated(entry, &[], &mut |frame| {
            let rows = frame.rows_where::<ImageRow>("index", &chosen)?;
            by_index.extend(rows.into_iter().map(|row| (row.index, row)));
            Ok(())
        })?;
        for (kind, rank, index) in &shown {
            let Some(row) = by_index.get(index) else { continue };
            let Some(position) = positions.get(&(*index as usize)) else { continue };
            for (_, map) in maps.chunk(*position, 1)? {
                // Contrasts apply at the input's size.
                let map = match work.preparation.contrast.is_none() {
                    true => map,
                    false => work.preparation.map(&work.images, set.as_ref(), *index as usize, &map)?,
                };
                let map = thumbnail(map);
                gallery.push(gallery_row(row, *kind, *rank as u32, map, &photos[index], set.as_ref()));
            }
        }
    }
    Ok(gallery)
}

fn gallery_row(
    row: &ImageRow,
    rank_kind: RankKind,
    rank: u32,
    map: Map,
    photo: &[u8],
    set: &dyn Dataset,
) -> GalleryRow {
    // The boxes of the middle IoU threshold are drawn: 0.5 of 0.3, 0.5, 0.7.
    let middle = row.ious.len() / 2;
    let (ious, boxes) = match row.val_ious.is_empty() {
        true => (&row.ious, &row.boxes),
        false => (&row.val_ious, &row.val_boxes),
    };
    let located = !row.truth_boxes.is_empty();
    GalleryRow {
        cell: row.cell.clone(),
        seed: row.seed,
        image: row.image.clone(),
        rank_kind,
        rank,
        network: row.network.clone(),
        method: row.method.clone(),
        layer: row.layer.clone(),
        contrast: row.contrast.clone(),
        iou: ious.get(middle).copied().filter(|_| located).unwrap_or(f32::NAN),
        photo: photo.to_vec(),
        map_height: map.height as u32,
        map_width: map.width as u32,
        map: min_max(&map).data,
        height: row.height,
        width: row.width,
        truth_boxes: row.truth_boxes.clone(),
        // A threshold that no true box has chosen gives no box to draw.
        boxes: boxes.get(middle * 4..middle * 4 + 4).filter(|_| located).unwrap_or_default().to_vec(),
        label_name: row.label_name.clone(),
        predicted_name: row.predicted.and_then(|class| set.classes().get(class as usize).cloned()),
        predicted_probability: row.predicted_probability,
    }
}

/// A map of at most [`LARGEST_GRID`] rows and columns; a baseline's map is as large as the input.
fn thumbnail(map: Map) -> Map {
    if map.height.max(map.width) <= LARGEST_GRID {
        return map;
    }
    resize(&map, map.height.min(LARGEST_GRID), map.width.min(LARGEST_GRID), Interpolation::Nearest)
}

fn encode_photo(photo: &Rgb) -> anyhow::Result<Vec<u8>> {
    let (height, width) = (photo.height, photo.width);
    if height * width <= LARGEST_PNG {
        return Ok(encode::png(photo)?);
    }
    let scale = (LONGEST_SIDE as f64 / height.max(width) as f64).min(1.0);
    let side = |side: usize| ((side as f64 * scale).round() as usize).max(1);
    Ok(encode::jpeg(&encode::fit(photo, side(height), side(width)), JPEG_QUALITY)?)
}
