use std::collections::{BTreeMap, HashSet};
use std::path::Path;

use super::executor::Failures;
use camlab_frame::{
    self as frame, AgreementRow, Assembly, BetweenRow, BoxRow, FusionRow, ImageRow, PairRow,
    PredictionSummaryRow, QuantityRow, RandomisedRow, Row, SanityRow, Source,
};
use camlab_plan::{Plan, Shown};
use camlab_stage::analyse::Analyse;
use camlab_stage::fuse::{Fuse, with_members};
use camlab_stage::pairwise_divergence::PairwiseDivergence;
use camlab_stage::reference_agreement::ReferenceAgreement;
use camlab_stage::sanity::Randomise;
use camlab_stage::{KINDS, Work as _};
use camlab_store::{Cost, Store};

/// The artefacts of a run that a report is made of.
pub(super) struct Artefacts<'a> {
    pub(super) plan: &'a Plan,
    pub(super) store: &'a Store,
    pub(super) failures: &'a Failures,
}

/// Numbers that metrics measured themselves, by column, one per image.
pub(super) type Quantities = BTreeMap<String, Vec<Option<f64>>>;

/// The rows of one evaluation, with the columns that metrics add.
pub(super) struct EvaluatedImages {
    /// One row per image.
    pub(super) rows: Vec<ImageRow>,
    /// Further columns.
    pub(super) quantities: Quantities,
}

impl<'a> Artefacts<'a> {
    /// The artefacts of one kind that the report shows, those that are missing left out.
    pub(super) fn shown(&self, kind: &'a str) -> impl Iterator<Item = &'a Shown> + '_ {
        let complete = |shown: &&Shown| {
            !self.failures.lacks(shown.stage)
                && shown.beside.values().all(|stage| !self.failures.lacks(*stage))
        };
        self.plan.shown_of(kind).filter(complete)
    }

    /// The rows of a shown artefact, with their names and measured columns.
    pub(super) fn rows<R: Row>(&self, shown: &Shown) -> anyhow::Result<Vec<R>> {
        Ok(frame::assemble(&[self.source(shown)?])?)
    }

    /// The rows of another stage that completes a shown artefact; none without such a stage.
    pub(super) fn beside<R: Row>(&self, shown: &Shown, role: &str) -> anyhow::Result<Vec<R>> {
        let Some(stage) = shown.beside.get(role) else { return Ok(Vec::new()) };
        Ok(frame::read_artefact(&self.store.open(&self.plan.stages.get(*stage).place())?)?)
    }

    fn source(&self, shown: &Shown) -> anyhow::Result<Source> {
        let folder = self.store.open(&self.plan.stages.get(shown.stage).place())?;
        let measured = Cost::read(&folder)?.columns;
        Ok(Source { folder, names: shown.names.clone(), measured })
    }

    /// The cost of the maps of a shown artefact, image by image; `None` for a baseline.
    fn cost(&self, shown: &Shown, role: &str) -> anyhow::Result<Option<Cost>> {
        let Some(stage) = shown.beside.get(role) else { return Ok(None) };
        let folder = self.store.open(&self.plan.stages.get(*stage).place())?;
        Ok(Some(Cost::read(&folder)?))
    }

    /// The rows of one evaluation, completed by the boxes, by what the maps took and by what metrics measured.
    pub(super) fn images(&self, shown: &Shown) -> anyhow::Result<EvaluatedImages> {
        let mut rows: Vec<ImageRow> = self.rows(shown)?;
        let boxes: Vec<BoxRow> = self.beside(shown, "boxes")?;
        let cost = self.cost(shown, "maps")?;
        for (at, (row, boxes)) in rows.iter_mut().zip(boxes).enumerate() {
            row.iou_thresholds = boxes.iou_thresholds;
            row.tau_levels = boxes.tau_levels;
            row.boxes = boxes.boxes;
            row.ious = boxes.ious;
            row.largest_box = boxes.largest_box;
            row.largest_iou = boxes.largest_iou;
            if let Some(cost) = cost.as_ref().and_then(|cost| cost.images.get(at)) {
                row.seconds = cost.seconds;
                row.forwards = Some(u32::try_from(cost.forwards).unwrap_or(u32::MAX));
            }
        }
        Ok(EvaluatedImages { quantities: self.quantities(shown, &rows)?, rows })
    }

    /// The numbers that metrics measured themselves, by column, for the images of `rows`.
    fn quantities(&self, shown: &Shown, rows: &[ImageRow]) -> anyhow::Result<Quantities> {
        let mut found = Quantities::new();
        for stage in shown.quantities.iter().filter(|stage| !self.failures.lacks(**stage)) {
            let folder = self.store.open(&self.plan.stages.get(*stage).place())?;
            let mut known: BTreeMap<String, BTreeMap<u32, f64>> = BTreeMap::new();
            for QuantityRow { index, quantity, value } in frame::read_artefact(&folder)? {
                let values = known.entry(quantity).or_default();
                values.extend(value.map(|value| (index, value)));
            }
            found.extend(known.into_iter().map(|(column, values)| {
                (column, rows.iter().map(|row| values.get(&row.index).copied()).collect())
            }));
        }
        Ok(found)
    }

    /// Accuracies of the classifications; the rows of the network's own softmax, which every analysis repeats, are
    /// kept once.
    pub(super) fn answers(&self) -> anyhow::Result<Vec<PredictionSummaryRow>> {
        let (mut all, mut known) = (Vec::new(), HashSet::new());
        for shown in self.shown(Analyse::KIND) {
            for mut row in self.rows::<PredictionSummaryRow>(shown)? {
                if row.threshold.is_none() {
                    (row.method, row.layer) = (frame::SOFTMAX.to_owned(), "-".to_owned());
                    if !known.insert((row.cell.clone(), row.network.clone(), row.metric.clone())) {
                        continue;
                    }
                }
                all.push(row);
            }
        }
        Ok(all)
    }

    pub(super) fn fusions(&self) -> anyhow::Result<Vec<FusionRow>> {
        let mut all = Vec::new();
        for shown in self.shown(Fuse::KIND) {
            let members: Vec<String> =
                shown.parts.iter().map(|part| part.text("network").to_owned()).collect();
            for mut row in self.rows::<FusionRow>(shown)? {
                row.step = with_members(&row.step, &members);
                all.push(row);
            }
        }
        Ok(all)
    }

    pub(super) fn divergences(&self) -> anyhow::Result<Vec<BetweenRow>> {
        let mut all = Vec::new();
        for shown in self.shown(PairwiseDivergence::KIND) {
            for PairRow { first, second, kl, n } in self.rows(shown)? {
                let part = |at: u32, column: &str| {
                    shown.parts.get(at as usize).map(|part| part.text(column).to_owned()).unwrap_or_default()
                };
                let mut row = BetweenRow {
                    cell: String::new(),
                    seed: 0,
                    network: String::new(),
                    method: part(first, "method"),
                    layer: part(first, "layer"),
                    other_method: part(second, "method"),
                    other_layer: part(second, "layer"),
                    kl,
                    n,
                };
                row.join(&shown.names);
                all.push(row);
            }
        }
        Ok(all)
    }

    pub(super) fn agreements(&self) -> anyhow::Result<Vec<AgreementRow>> {
        let mut all = Vec::new();
        for shown in self.shown(ReferenceAgreement::KIND) {
            let (maps, reference) = (self.cost(shown, "maps")?, self.cost(shown, "reference")?);
            let forwards = |cost: &Option<Cost>, at: usize| {
                let found = cost.as_ref()?.images.get(at)?;
                Some(u32::try_from(found.forwards).unwrap_or(u32::MAX))
            };
            for (at, mut row) in self.rows::<AgreementRow>(shown)?.into_iter().enumerate() {
                row.forwards = forwards(&maps, at);
                row.reference_forwards = forwards(&reference, at);
                row.seconds =
                    maps.as_ref().and_then(|cost| cost.images.get(at)).map_or(0.0, |cost| cost.seconds);
                all.push(row);
            }
        }
        Ok(all)
    }

    pub(super) fn randomisations(&self) -> anyhow::Result<Vec<SanityRow>> {
        let mut all = Vec::new();
        for shown in self.shown(Randomise::KIND) {
            for found in self.rows::<RandomisedRow>(shown)? {
                let part = shown.parts.get(found.map as usize);
                let text = |column: &str| part.map(|part| part.text(column).to_owned()).unwrap_or_default();
                let mut row = SanityRow {
                    cell: String::new(),
                    seed: 0,
                    network: String::new(),
                    method: text("method"),
                    layer: text("layer"),
                    image: found.image,
                    depth: found.depth,
                    randomised: found.randomised,
                    share: found.share,
                    spearman: found.spearman,
                    pearson: found.pearson,
                    ssim: found.ssim,
                    flag: found.flag,
                };
                row.join(&shown.names);
                all.push(row);
            }
        }
        Ok(all)
    }

    /// Writes the frames that artefacts' rows make up as they are; several kinds may add to one.
    pub(super) fn others(&self, out: &Path) -> anyhow::Result<()> {
        let mut frames: BTreeMap<&str, (Assembly, Vec<&Shown>)> = BTreeMap::new();
        for kind in KINDS {
            for assembly in kind.frames {
                let (_, shown) = frames.entry(assembly.file).or_insert((*assembly, Vec::new()));
                shown.extend(self.shown(kind.name));
            }
        }
        for (assembly, mut shown) in frames.into_values() {
            // In the order of the cells, whatever the kind.
            shown.sort_by_key(|shown| shown.cell);
            let sources = shown.into_iter().map(|shown| self.source(shown));
            (assembly.write)(&sources.collect::<anyhow::Result<Vec<_>>>()?, out)?;
        }
        Ok(())
    }
}
