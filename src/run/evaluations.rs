//! Evaluations as a report shows them: the rows of `images.parquet`, and the statistics that its metrics need.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use camlab_frame::{
    self as frame, BoxRow, EvaluatedRow, Frame, FrameError, FrameReader, ImageRow, Names, OrderedReader,
    QuantityColumn, QuantityRow, Row as _, ThresholdRow,
};
use camlab_parts::metric::{
    self, BoxHits, ChosenLevels, Contours, ImageColumns, MeasuredColumn, ThresholdSource,
};
use camlab_plan::{Cell, Facts, Plan, Shown, VAL_BOXES};
use camlab_raster::{Flag, Rate};
use camlab_stage::measure::MeasuredQuantities;
use camlab_stage::work_of;
use camlab_store::Cost;

use super::artefacts::Artefacts;
use super::completed::{CompletedRows, KnownRows};
use super::levels::chosen_levels;

/// Images of the evaluations that are in memory together.
const IMAGES: usize = 4096;
/// Evaluations that are in memory together.
const MOST: usize = 64;

/// The statistics of one evaluation: a few bytes per image, and no row.
pub(super) struct EvaluatedMap<'a> {
    pub(super) cell: &'a Cell,
    pub(super) shown: &'a Shown,
    /// Input of the metrics.
    pub(super) columns: ImageColumns,
    /// Index of every image in the data set.
    pub(super) indices: Vec<u32>,
    /// Sum of the forward passes, and the number of images that took any.
    pub(super) forwards: (u64, usize),
    /// Number of degenerate maps.
    pub(super) flagged: usize,
    /// Index of every image with boxes, and its IoU at the middle IoU threshold, at the map threshold of
    /// validation images where there is one.
    pub(super) overlaps: Vec<(u32, f32)>,
}

/// Numbers of images of the evaluations that were read, by what they are evaluated on.
#[derive(Default)]
pub(super) struct Sizes(HashMap<String, usize>);

impl Sizes {
    /// Number of the next evaluations that are read together: those on the same images, as far as memory allows; one
    /// by itself where the number of images is not known yet.
    pub(super) fn together(&self, plan: &Plan, shown: &[&Shown]) -> usize {
        let Some(first) = shown.first().map(|shown| images_of(plan, shown)) else { return 0 };
        let most = self.0.get(&first).map_or(1, |images| (IMAGES / (*images).max(1)).clamp(1, MOST));
        shown.iter().take(most).take_while(|shown| images_of(plan, shown) == first).count()
    }

    /// Notes the number of images of an evaluation.
    pub(super) fn learn(&mut self, plan: &Plan, evaluated: &EvaluatedMap<'_>) {
        self.0.insert(images_of(plan, evaluated.shown), evaluated.indices.len());
    }
}

/// The images of an evaluation: digest of the data set, and the sample of it.
fn images_of(plan: &Plan, shown: &Shown) -> String {
    let data = &plan.cells[shown.cell].experiment.data;
    let images: Vec<_> = plan.stages.get(shown.stage).spec.inputs.get("images").collect();
    format!("{images:?} {:?}", data.sample)
}

/// The names that a shown artefact's rows are joined with: text of a column.
pub(super) fn text<'a>(shown: &'a Shown, column: &str) -> &'a str {
    shown.names.text(column)
}

impl<'a> Artefacts<'a> {
    /// The columns that metrics add to `images.parquet`, sorted by name.
    pub(super) fn quantity_columns(&self, evaluations: &[&Shown]) -> anyhow::Result<Vec<QuantityColumn>> {
        let stages: BTreeSet<usize> = evaluations.iter().flat_map(|shown| shown.quantities.clone()).collect();
        let mut columns = BTreeSet::new();
        for stage in stages.into_iter().filter(|stage| !self.failures.lacks(*stage)) {
            let work: MeasuredQuantities = work_of(self.plan.stages.get(stage))?;
            columns.extend(columns_of(&work));
        }
        Ok(columns.into_iter().collect())
    }

    /// Reads an evaluation, row group after row group: completes its rows by the boxes, by what the maps took and by
    /// what metrics measured, hands them to `take`, and keeps what the metrics need.
    pub(super) fn evaluated(
        &self,
        shown: &'a Shown,
        quantities: &[QuantityColumn],
        take: &mut dyn FnMut(Frame) -> Result<(), FrameError>,
    ) -> anyhow::Result<EvaluatedMap<'a>> {
        let cell = &self.plan.cells[shown.cell];
        let metrics = &cell.experiment.evaluation.metrics;
        let curves = metric::deltas(metrics).into_iter().map(|delta| (Contours::Any, delta));
        let asked = metrics.iter().flat_map(|spec| spec.metric().boxes()).chain(curves);
        let chosen = self.chosen(shown)?;
        let mut columns = ImageColumns { boxes: BoxHits::new(asked), chosen, ..ImageColumns::default() };
        let mut kept = EvaluatedMap {
            cell,
            shown,
            columns: ImageColumns::default(),
            indices: Vec::new(),
            forwards: (0, 0),
            flagged: 0,
            overlaps: Vec::new(),
        };
        let measured: Vec<&QuantityColumn> = match shown.quantities.is_empty() {
            true => Vec::new(),
            false => self.measured_columns(shown, quantities)?,
        };
        let mut add_rows = |group: &CompletedRows| -> anyhow::Result<()> {
            let frame = group.frame.clone().named::<ImageRow>(&shown.names)?;
            for column in &measured {
                add_column(&mut columns, &frame, column)?;
            }
            for row in &group.rows {
                kept.add(row);
                add(&mut columns, row);
            }
            Ok(take(frame)?)
        };
        if let Some(known) = self.known.get(shown) {
            known.iter().try_for_each(add_rows)?;
        } else {
            let mut read = Vec::new();
            let keeps = KnownRows::may_keep(self.images(shown)?);
            self.completed(shown, quantities, &mut |group| {
                add_rows(&group)?;
                // More than can be kept is not held together either.
                if keeps {
                    read.push(group);
                }
                Ok(())
            })?;
            self.known.keep(shown, read);
        }
        kept.columns = columns;
        Ok(kept)
    }

    /// The map thresholds that other images chose for an evaluation; none where there are no boxes to choose by.
    fn chosen(&self, shown: &Shown) -> anyhow::Result<Vec<(ThresholdSource, ChosenLevels)>> {
        let mut all = Vec::new();
        for source in [ThresholdSource::Val, ThresholdSource::PseudoBoxes] {
            let Some(stage) = shown.beside.get(source.name()).filter(|stage| !self.failures.lacks(**stage))
            else {
                continue;
            };
            let rows: Vec<ThresholdRow> = frame::read_artefact(&self.folder(*stage)?)?;
            let levels = chosen_levels(rows.iter().map(|row| (row.contours.as_str(), row.delta, row.level)));
            if !levels.is_empty() {
                all.push((source, levels));
            }
        }
        Ok(all)
    }

    /// Adds the images of an evaluation to the input of the metrics, by its own rows and what metrics measured: the boxes of
    /// the report are not needed for them. Returns the images' indices.
    pub(super) fn add_images(&self, shown: &Shown, columns: &mut ImageColumns) -> anyhow::Result<Vec<usize>> {
        let mut measured = self.measured(shown)?;
        let mut indices = Vec::new();
        self.source(shown)?.frames::<ImageRow, anyhow::Error>(|mut frame| {
            for (column, values) in measured.of(&frame)? {
                frame = frame.joined(&values, &["index"])?;
                add_column(columns, &frame, &column)?;
            }
            for row in frame.named::<ImageRow>(&shown.names)?.rows::<EvaluatedRow>()? {
                indices.push(row.index as usize);
                add(columns, &row);
            }
            Ok(())
        })?;
        Ok(indices)
    }

    /// Reads the rows of an evaluation and completes them, without names.
    fn completed(
        &self,
        shown: &Shown,
        quantities: &[QuantityColumn],
        take: &mut dyn FnMut(CompletedRows) -> anyhow::Result<()>,
    ) -> anyhow::Result<()> {
        let boxes = match shown.beside.get("boxes") {
            Some(stage) => Some(FrameReader::artefact::<BoxRow>(&self.folder(*stage)?)?.whole::<BoxRow>()?),
            None => None,
        };
        let at_val = match shown.beside.get(VAL_BOXES).filter(|stage| !self.failures.lacks(**stage)) {
            Some(stage) => Some(val_boxes(FrameReader::artefact::<BoxRow>(&self.folder(*stage)?)?)?),
            None => None,
        };
        let cost = self.cost(shown, "maps")?;
        let mut measured = self.measured(shown)?;
        let mut done = 0;
        self.source(shown)?.frames::<ImageRow, anyhow::Error>(|mut frame| {
            for boxes in boxes.iter().chain(&at_val) {
                frame = frame.joined(boxes, &["index"])?;
            }
            frame = costed(frame, cost.as_ref(), done)?;
            done += frame.height();
            let known = measured.of(&frame)?;
            for column in quantities {
                frame = match known.get(column) {
                    Some(values) => frame.joined(values, &["index"])?,
                    None if column.list => {
                        let none = vec![Vec::new(); frame.height()];
                        frame.with_lists(&column.name, &none)?
                    }
                    None => {
                        let none = vec![None; frame.height()];
                        frame.with_numbers(&column.name, &none)?
                    }
                };
            }
            // Naming adds the columns that a baseline's rows lack.
            let rows = frame.clone().named::<ImageRow>(&shown.names)?.rows::<EvaluatedRow>()?;
            take(CompletedRows { frame, rows })
        })
    }

    /// Those of the columns that metrics measured for an evaluation.
    fn measured_columns<'q>(
        &self,
        shown: &Shown,
        quantities: &'q [QuantityColumn],
    ) -> anyhow::Result<Vec<&'q QuantityColumn>> {
        let mut found = BTreeSet::new();
        for stage in shown.quantities.iter().filter(|stage| !self.failures.lacks(**stage)) {
            let work: MeasuredQuantities = work_of(self.plan.stages.get(*stage))?;
            found.extend(columns_of(&work));
        }
        Ok(quantities.iter().filter(|column| found.contains(*column)).collect())
    }

    /// The numbers that metrics measured themselves.
    fn measured(&self, shown: &Shown) -> anyhow::Result<MeasuredRows> {
        let mut stages = Vec::new();
        for stage in shown.quantities.iter().filter(|stage| !self.failures.lacks(**stage)) {
            let rows = FrameReader::artefact::<QuantityRow>(&self.folder(*stage)?)?
                .in_order::<QuantityRow>("index")?;
            stages.push((columns_of(&work_of(self.plan.stages.get(*stage))?), rows));
        }
        Ok(MeasuredRows(stages))
    }

    /// Number of images of an evaluation.
    fn images(&self, shown: &Shown) -> anyhow::Result<usize> {
        let folder = self.folder(shown.stage)?;
        match folder.join(ImageRow::FILE).is_file() {
            true => Ok(FrameReader::artefact::<ImageRow>(&folder)?.rows_left()),
            false => Ok(0),
        }
    }
}

/// The numbers that metrics measured themselves, stage by stage; read beside the rows of their evaluation, since lists
/// of all images take much memory.
struct MeasuredRows(Vec<(Vec<QuantityColumn>, OrderedReader)>);

impl MeasuredRows {
    /// The numbers of the next rows of the evaluation, by column: index and value.
    fn of(&mut self, rows: &Frame) -> Result<BTreeMap<QuantityColumn, Frame>, FrameError> {
        let mut found = BTreeMap::new();
        for (columns, reader) in &mut self.0 {
            let long = reader.rows_of(rows)?;
            for column in columns.iter() {
                let value = if column.list { "list" } else { "value" };
                let values = long.pivoted("quantity", &column.name, value, &column.name)?;
                let values = values.selected(&["index".to_owned(), column.name.clone()])?;
                found.insert(column.clone(), values);
            }
        }
        Ok(found)
    }
}

/// The columns that a stage measures.
fn columns_of(work: &MeasuredQuantities) -> Vec<QuantityColumn> {
    let columns = work.metric.metric().measurement().map(|measurement| measurement.columns());
    let column = |column: MeasuredColumn| QuantityColumn { name: column.name, list: column.list };
    columns.into_iter().flatten().map(column).collect()
}

/// Adds the rows' values of a measured column to the input of the metrics.
fn add_column(columns: &mut ImageColumns, frame: &Frame, column: &QuantityColumn) -> Result<(), FrameError> {
    let name = &column.name;
    match column.list {
        true => columns.lists.entry(name.clone()).or_default().extend(frame.lists(name)?),
        false => columns.quantities.entry(name.clone()).or_default().extend(frame.numbers(name)?),
    }
    Ok(())
}

/// Predicted boxes at the thresholds of validation images, with the columns of a report.
fn val_boxes(boxes: FrameReader) -> Result<Frame, FrameError> {
    let kept = ["index", "tau_levels", "boxes", "ious"].map(str::to_owned);
    let boxes = boxes.whole::<BoxRow>()?.selected(&kept)?;
    boxes.renamed("tau_levels", "val_levels")?.renamed("boxes", "val_boxes")?.renamed("ious", "val_ious")
}

/// The rows with the time and the passes of their maps; `start` is the position of the first.
fn costed(frame: Frame, cost: Option<&Cost>, start: usize) -> Result<Frame, FrameError> {
    let Some(cost) = cost else { return Ok(frame) };
    let images = || (start..start + frame.height()).map(|at| cost.images.get(at));
    let seconds: Vec<_> = images().map(|cost| Some(cost.map_or(0.0, |cost| cost.seconds))).collect();
    let forwards: Vec<_> =
        images().map(|cost| Some(u32::try_from(cost?.forwards).unwrap_or(u32::MAX))).collect();
    frame.with_numbers("seconds", &seconds)?.with_counts("forwards", &forwards)
}

impl EvaluatedMap<'_> {
    fn add(&mut self, row: &EvaluatedRow) {
        self.indices.push(row.index);
        if let Some(forwards) = row.forwards {
            self.forwards = (self.forwards.0 + u64::from(forwards), self.forwards.1 + 1);
        }
        self.flagged += usize::from(&*row.flag != Flag::None.name());
        let ious = if row.val_ious.is_empty() { &row.ious } else { &row.val_ious };
        if let Some(iou) = ious.get(ious.len() / 2).filter(|_| !row.truth_boxes.is_empty()) {
            self.overlaps.push((row.index, *iou));
        }
    }

    /// Tells the metrics which rows are of the same image, where images have several labels.
    pub(super) fn join_rows(&mut self, facts: &Facts) {
        let known = facts.dataset(&self.cell.experiment.data.test);
        if let Some(several) = known.and_then(|known| known.several.as_ref()) {
            let images = self.indices.iter().filter_map(|row| several.image(*row as usize));
            self.columns.images = images.collect();
        }
    }

    /// The names of the rows.
    pub(super) fn names(&self) -> &Names {
        &self.shown.names
    }

    /// The evaluated map.
    pub(super) fn map(&self) -> [&str; 4] {
        ["network", "method", "layer", "contrast"].map(|column| text(self.shown, column))
    }

    /// `true` for a map of a network, which took passes.
    pub(super) fn is_of_network(&self) -> bool {
        self.shown.beside.contains_key("maps")
    }
}

/// Adds an image to the input of the metrics.
pub(super) fn add(columns: &mut ImageColumns, row: &EvaluatedRow) {
    columns.boxes.push(&row.iou_any, &row.iou_largest);
    columns.label_rank.push(row.label_rank);
    columns.label_probability.push(row.label_probability);
    columns.auc.push(row.auc);
    columns.kl.push(row.kl);
    columns.rates.push(rates(row));
    columns.labels.push(row.label as usize);
}

/// The ROC points of one image.
fn rates(row: &EvaluatedRow) -> Vec<Rate> {
    let known = |value: f32| (!value.is_nan()).then_some(f64::from(value));
    let points = row.thresholds.iter().zip(&row.tpr).zip(&row.fpr);
    points
        .map(|((threshold, tpr), fpr)| Rate {
            threshold: *threshold,
            true_positive: known(*tpr),
            false_positive: known(*fpr),
        })
        .collect()
}
