use anyhow::Context as _;

use super::map_file::{MapReader, MapRow, MapWriter};
use super::prediction_file::PredictionReader;
use super::progress::Progress;
use camlab_data::{self as data, InputSize};
use camlab_explain::ClassPrediction;
use camlab_parts::fusion::EnsembleCanvas;
use camlab_plan::{MapStage, Plan};
use camlab_raster::{Flag, Map};
use camlab_store::Store;

/// Computes the maps and predictions of an ensemble from the maps and logits of its members.
pub fn run(
    plan: &Plan,
    store: &Store,
    stage: &MapStage,
    fusion: usize,
    maps: &[usize],
    predictions: &[usize],
    progress: Progress,
) -> anyhow::Result<()> {
    let experiment = &plan.cells[stage.cell].experiment;
    let spec = experiment.fusion.get(fusion).context("the fusion of this stage is not in the experiment")?;
    let ensemble = spec.method.ensemble().with_context(|| format!("`{}` is not an ensemble", spec.name))?;
    let mut maps: Vec<MapReader> = maps
        .iter()
        .map(|map| MapReader::open(&store.require(&plan.maps[*map].spec)?))
        .collect::<Result<_, _>>()?;
    let mut scores: Vec<PredictionReader> = predictions
        .iter()
        .map(|scores| PredictionReader::open(&store.require(&plan.predictions[*scores].spec)?))
        .collect::<Result<_, _>>()?;
    let first = maps.first().context("the ensemble has no members")?;
    let indices: Vec<usize> = first.rows.iter().map(|row| row.index).collect();
    let same = maps.iter().all(|reader| reader.rows.iter().map(|row| row.index).eq(indices.iter().copied()))
        && scores.iter().all(|reader| reader.indices == indices);
    anyhow::ensure!(
        same,
        "the members' maps are of different images; image files may have changed since they were computed: delete \
         the folders `map` and `predict` of the store and run again"
    );

    let set = data::open(&experiment.data.test)?;
    let InputSize { height, width } = experiment.data.input.size;
    let canvas = EnsembleCanvas { size: [height, width], interpolation: experiment.evaluation.interpolation };
    let draft = store.draft(&stage.spec)?;
    let mut writer = MapWriter::create(&draft.path(""))?;
    let mut task = progress.task(format!("fuse {}", stage.spec.label), indices.len(), "images");
    for (position, index) in indices.iter().enumerate() {
        let rows: Vec<MapRow> = maps.iter().map(|reader| reader.rows[position].clone()).collect();
        let members: Vec<Map> = maps.iter_mut().map(MapReader::read).collect::<Result<_, _>>()?;
        let logits: Vec<Vec<f32>> =
            scores.iter_mut().map(PredictionReader::read).collect::<Result<_, _>>()?;
        let logits: Vec<&[f32]> = logits.iter().map(Vec::as_slice).collect();
        let target = rows[0].target;
        let agree = rows.iter().all(|row| row.target == target);
        anyhow::ensure!(
            agree,
            "the members' maps of image {} are of different target classes; write target = \"label\"",
            set.id(*index)
        );
        let map = ensemble.map(&members, canvas);
        let odd = rows.iter().any(|row| row.flag == Flag::Nan);
        let flag = if odd { Flag::Nan } else { Flag::of(&map) };
        let row = MapRow {
            index: *index,
            target,
            prediction: ClassPrediction::new(&ensemble.logits(&logits), set.label(*index)),
            flag,
            refined_probability: None,
            seconds: rows.iter().map(|row| row.seconds).sum(),
            forwards: rows.iter().map(|row| row.forwards).sum(),
        };
        writer.push(&map, &row)?;
        task.advance(1);
    }
    writer.finish()?;
    draft.finish()?;
    task.finish("");
    Ok(())
}
