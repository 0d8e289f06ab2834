use rayon::prelude::*;

use super::chain;
use super::map_source::{KnownImage, MapSource};
use super::prepare::Prepare;
use super::progress::Progress;
use camlab_config::Experiment;
use camlab_data::{self as data, Dataset, InputSize};
use camlab_frame::{self as frame, ImageRow, IntuitiveRow};
use camlab_parts::metric::{Contours, ImageColumns, chosen_level, deltas, rate_thresholds};
use camlab_plan::{EvaluationSource, EvaluationStage, Plan};
use camlab_raster::boxes::Evaluator;
use camlab_raster::{Flag, Map, Mask, PixelBox, agreement, kl_divergence, rates, roc_auc};
use camlab_store::Store;

/// Number of maps upsampled and evaluated at a time; bounds the memory independently of the number of images.
const CHUNK: usize = 64;

/// Evaluates one method's maps of every test image and writes one row per image.
///
/// # Errors
/// An artefact that is missing or damaged, an image or its ground truth that cannot be read.
pub fn run(plan: &Plan, store: &Store, stage: &EvaluationStage, progress: Progress) -> anyhow::Result<()> {
    let cell = &plan.cells[stage.cell];
    let experiment = &cell.experiment;
    let set = data::open(&experiment.data.test)?;
    let prepare = Prepare::new(experiment, set.as_ref(), &stage.contrast);
    let mut maps = MapSource::open(plan, store, stage, set.as_ref())?;
    let reference = stage.intuitive.map(|map| &plan.maps[map]);
    let mut pictures = reference.map(|map| MapSource::stored(store, map, set.as_ref())).transpose()?;
    let count = maps.rows.len();
    let mut task = progress.task(format!("evaluate {}", stage.spec.label), count, "images");

    let (mut rows, mut likenesses) = (Vec::with_capacity(count), Vec::new());
    for start in (0..count).step_by(CHUNK) {
        let chunk = maps.chunk(start, CHUNK)?;
        let prepared: Vec<Map> =
            chunk.par_iter().map(|(row, map)| prepare.map(row.index, map)).collect::<Result<_, _>>()?;
        let evaluated: Vec<_> = chunk
            .par_iter()
            .zip(&prepared)
            .map_init(
                || None,
                |sweep, ((row, raw), map)| evaluate(experiment, set.as_ref(), row, raw, map, sweep),
            )
            .collect::<Result<_, _>>()?;
        rows.extend(evaluated);
        if let (Some(pictures), Some(reference)) = (&mut pictures, reference) {
            let mut known = Vec::with_capacity(chunk.len());
            for ((row, _), map) in chunk.iter().zip(&prepared) {
                known.extend(pictures.of(row.index)?.map(|picture| (row.index, map, picture)));
            }
            let alike = |(index, map, picture): &(usize, &Map, Map)| -> anyhow::Result<IntuitiveRow> {
                let found = agreement(&prepare.reference(*index, picture)?, map);
                Ok(IntuitiveRow {
                    cell: String::new(),
                    seed: 0,
                    network: String::new(),
                    method: stage.method.clone(),
                    layer: stage.layer.clone(),
                    contrast: stage.contrast.label(),
                    image: set.id(*index).to_owned(),
                    reference: reference.method.clone(),
                    pearson: found.pearson,
                    spearman: found.spearman,
                    kl: found.divergence,
                })
            };
            likenesses.extend(known.par_iter().map(alike).collect::<anyhow::Result<Vec<_>>>()?);
        }
        task.advance(chunk.len());
    }
    choose_boxes(experiment, &prepare, &mut maps, &mut rows)?;
    for row in &mut rows {
        (row.method, row.layer) = (stage.method.clone(), stage.layer.clone());
        row.contrast = stage.contrast.label();
    }
    let draft = store.draft(&stage.spec)?;
    frame::write(&draft.path(""), &rows)?;
    if let EvaluationSource::Maps(map) = stage.source
        && stage.contrast.is_none()
        && plan.maps[map].cluster().is_some()
        && let Some(folder) = store.get(&plan.maps[map].spec)
    {
        frame::write(&draft.path(""), &chain::agreement::rows(&folder, set.as_ref())?)?;
    }
    if reference.is_some() {
        frame::write(&draft.path(""), &likenesses)?;
    }
    draft.finish()?;
    task.finish("");
    Ok(())
}

/// The row of one image: `raw` is its map as computed, `map` the same after post-processing.
fn evaluate(
    experiment: &Experiment,
    set: &dyn Dataset,
    known: &KnownImage,
    raw: &Map,
    map: &Map,
    sweep: &mut Option<Evaluator>,
) -> anyhow::Result<ImageRow> {
    let InputSize { height, width } = experiment.data.input.size;
    // The stored flag may say more than the map itself: NaN was replaced by zeros.
    let known_flag = known.seen.as_ref().map_or(Flag::None, |row| row.flag);
    let flag = if known_flag == Flag::None { Flag::of(raw) } else { known_flag };
    let truth = set.truth(known.index)?.at(height, width);
    let mask = truth.mask.unwrap_or_else(|| Mask::from_boxes(height, width, &truth.boxes));
    let sweep = match sweep {
        Some(sweep) => sweep,
        None => sweep.insert(Evaluator::new(height, width)?),
    };
    let iou = sweep.sweep(map)?.iou(&truth.boxes);
    let thresholds = rate_thresholds(&experiment.evaluation.metrics);
    let rates = rates(map, &mask, &thresholds);
    let rate = |value: Option<f64>| value.map_or(f32::NAN, |value| value as f32);
    let label = set.label(known.index);
    let seen = known.seen.as_ref();
    Ok(ImageRow {
        cell: String::new(),
        seed: 0,
        network: String::new(),
        method: String::new(),
        layer: String::new(),
        contrast: String::new(),
        image: set.id(known.index).to_string(),
        index: known.index as u32,
        label: label as u32,
        label_name: set.classes()[label].clone(),
        target: seen.map_or(label, |row| row.target) as u32,
        predicted: seen.map(|row| row.prediction.class as u32),
        label_probability: seen.map(|row| row.prediction.label_probability),
        predicted_probability: seen.map(|row| row.prediction.probability),
        label_rank: seen.map(|row| row.prediction.label_rank),
        height: height as u32,
        width: width as u32,
        truth_boxes: flatten(&truth.boxes),
        iou_thresholds: deltas(&experiment.evaluation.metrics).iter().map(|delta| *delta as f32).collect(),
        tau_levels: Vec::new(),
        boxes: Vec::new(),
        ious: Vec::new(),
        largest_box: Vec::new(),
        largest_iou: f32::NAN,
        iou_any: iou.any,
        iou_largest: iou.largest,
        auc: roc_auc(map, &mask).map(|value| value as f32),
        kl: kl_divergence(map, &mask).map(|value| value as f32),
        tpr: rates.iter().map(|r| rate(r.true_positive)).collect(),
        fpr: rates.iter().map(|r| rate(r.false_positive)).collect(),
        thresholds,
        flag: flag.name().to_string(),
        refined_probability: seen.and_then(|row| row.refined_probability),
        seconds: seen.map_or(0.0, |row| row.seconds),
        forwards: seen.map(|row| u32::try_from(row.forwards).unwrap_or(u32::MAX)),
    })
}

/// Fills in the predicted boxes at the thresholds chosen on the whole data set. These are known only after all images
/// were evaluated, so the maps are thresholded a second time, at those levels only.
fn choose_boxes(
    experiment: &Experiment,
    prepare: &Prepare<'_>,
    maps: &mut MapSource<'_>,
    rows: &mut [ImageRow],
) -> anyhow::Result<()> {
    let InputSize { height, width } = experiment.data.input.size;
    let known = ImageColumns {
        iou_any: rows.iter().map(|row| row.iou_any.clone()).collect(),
        iou_largest: rows.iter().map(|row| row.iou_largest.clone()).collect(),
        ..ImageColumns::default()
    };
    let deltas = deltas(&experiment.evaluation.metrics);
    let levels: Option<Vec<u8>> =
        deltas.iter().map(|delta| chosen_level(&known, *delta, Contours::Any)).collect();
    let largest_level = chosen_level(&known, 0.5, Contours::Largest);
    // Without boxes in the ground truth there is no threshold to choose.
    let (Some(levels), Some(largest_level)) = (levels, largest_level) else { return Ok(()) };
    for start in (0..rows.len()).step_by(CHUNK) {
        let chunk = maps.chunk(start, CHUNK)?;
        let rows = &mut rows[start..start + chunk.len()];
        rows.par_iter_mut().zip(&chunk).try_for_each_init(
            || None,
            |sweep: &mut Option<Evaluator>, (row, (known, map))| -> anyhow::Result<()> {
                let sweep = match sweep {
                    Some(sweep) => sweep,
                    None => sweep.insert(Evaluator::new(height, width)?),
                };
                let map = prepare.map(known.index, map)?;
                let found = sweep.sweep(&map)?;
                let truth = unflatten(&row.truth_boxes);
                let best = |boxes: Vec<PixelBox>| {
                    let scored =
                        boxes.into_iter().map(|b| (truth.iter().map(|t| b.iou(*t)).fold(0.0, f64::max), b));
                    // On a tie the first in reading order, to make the choice deterministic.
                    scored.max_by(|a, b| {
                        let order = |b: &PixelBox| (b.y0, b.x0, b.y1, b.x1);
                        a.0.total_cmp(&b.0).then_with(|| order(&b.1).cmp(&order(&a.1)))
                    })
                };
                for level in &levels {
                    let (iou, found) = best(found.boxes_at(*level)).unwrap_or_default();
                    row.tau_levels.push(u32::from(*level));
                    row.boxes.extend(flatten(&[found]));
                    row.ious.push(iou as f32);
                }
                row.largest_box = flatten(&[found.largest_at(largest_level)]);
                row.largest_iou =
                    row.iou_largest.get(usize::from(largest_level)).copied().unwrap_or(f32::NAN);
                Ok(())
            },
        )?;
    }
    Ok(())
}

fn flatten(boxes: &[PixelBox]) -> Vec<i32> {
    boxes.iter().flat_map(|b| [b.x0, b.y0, b.x1, b.y1]).collect()
}

fn unflatten(numbers: &[i32]) -> Vec<PixelBox> {
    numbers.chunks_exact(4).map(|b| PixelBox::new(b[0], b[1], b[2], b[3])).collect()
}
