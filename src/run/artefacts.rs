use std::collections::{BTreeMap, HashSet};
use std::path::{Path, PathBuf};

use super::completed::KnownRows;
use super::failures::Failures;
use camlab_frame::{
    self as frame, AgreementRow, Assembly, BetweenRow, Frame, FrameError, FrameWriter, FusionRow, PairRow,
    PredictionSummaryRow, RandomisedRow, Row, SanityRow, Source,
};
use camlab_parts::metric::ThresholdSource;
use camlab_plan::{Plan, Shown, VAL_BOXES};
use camlab_stage::analyse::Analyse;
use camlab_stage::fuse::{Fuse, with_members};
use camlab_stage::pairwise_divergence::PairwiseDivergence;
use camlab_stage::reference_agreement::ReferenceAgreement;
use camlab_stage::sanity::Randomise;
use camlab_stage::{KINDS, Work as _};
use camlab_store::{Cost, Store, StoreError};

/// The artefacts of a run that a report is made of.
pub(super) struct Artefacts<'a> {
    pub(super) plan: &'a Plan,
    pub(super) store: &'a Store,
    pub(super) failures: &'a Failures,
    /// Rows of evaluations that several cells show.
    pub(super) known: KnownRows,
}

impl<'a> Artefacts<'a> {
    /// The artefacts of one kind that the report shows, those that are missing left out.
    pub(super) fn shown(&self, kind: &'a str) -> impl Iterator<Item = &'a Shown> + '_ {
        let complete = |shown: &&Shown| {
            !self.failures.lacks(shown.stage)
                && shown.beside.iter().all(|(role, stage)| {
                    // Thresholds of other images add columns to a report that is whole without them.
                    let added = *role == VAL_BOXES
                        || ThresholdSource::ALL.iter().any(|source| source.name() == *role);
                    added || !self.failures.lacks(*stage)
                })
        };
        self.plan.shown_of(kind).filter(complete)
    }

    /// The rows of a shown artefact, with their names and measured columns.
    pub(super) fn rows<R: Row>(&self, shown: &Shown) -> anyhow::Result<Vec<R>> {
        Ok(self.source(shown)?.rows()?)
    }

    /// The rows of another stage that completes a shown artefact; none without such a stage.
    pub(super) fn beside<R: Row>(&self, shown: &Shown, role: &str) -> anyhow::Result<Vec<R>> {
        let Some(stage) = shown.beside.get(role) else { return Ok(Vec::new()) };
        Ok(frame::read_artefact(&self.folder(*stage)?)?)
    }

    /// The folder of a stage's artefact, its contents checked.
    pub(super) fn folder(&self, stage: usize) -> Result<PathBuf, StoreError> {
        self.store.open(&self.plan.stages.get(stage).place())
    }

    /// A shown artefact with its names and measured columns.
    pub(super) fn source(&self, shown: &Shown) -> anyhow::Result<Source> {
        let folder = self.folder(shown.stage)?;
        let measured = Cost::read(&folder)?.columns;
        Ok(Source { folder, names: shown.names.clone(), measured })
    }

    /// The cost of the maps of a shown artefact, image by image; `None` for a baseline.
    pub(super) fn cost(&self, shown: &Shown, role: &str) -> anyhow::Result<Option<Cost>> {
        let Some(stage) = shown.beside.get(role) else { return Ok(None) };
        Ok(Some(Cost::read(&self.folder(*stage)?)?))
    }

    /// Writes the frames that are neither an evaluation's nor a chain's, a stage at a time.
    pub(super) fn write(&self, out: &Path) -> anyhow::Result<()> {
        self.answers(out)?;
        self.fusions(out)?;
        self.divergences(out)?;
        self.agreements(out)?;
        self.randomisations(out)?;
        self.others(out)
    }

    /// Accuracies of the classifications; the rows of the network's own softmax, which every analysis repeats, are
    /// kept once.
    fn answers(&self, out: &Path) -> anyhow::Result<()> {
        let mut writer = FrameWriter::new::<PredictionSummaryRow>(out)?;
        let mut known = HashSet::new();
        for shown in self.shown(Analyse::KIND) {
            let mut rows = self.rows::<PredictionSummaryRow>(shown)?;
            rows.retain_mut(|row| {
                if row.threshold.is_some() {
                    return true;
                }
                (row.method, row.layer) = (frame::SOFTMAX.to_owned(), "-".to_owned());
                known.insert((shown.cell, row.network.clone(), row.metric.clone()))
            });
            writer.rows(&rows)?;
        }
        Ok(writer.finish()?)
    }

    fn fusions(&self, out: &Path) -> anyhow::Result<()> {
        let mut writer = FrameWriter::new::<FusionRow>(out)?;
        for shown in self.shown(Fuse::KIND) {
            let members: Vec<String> =
                shown.parts.iter().map(|part| part.text("network").to_owned()).collect();
            let mut rows = self.rows::<FusionRow>(shown)?;
            rows.iter_mut().for_each(|row| row.step = with_members(&row.step, &members));
            writer.rows(&rows)?;
        }
        Ok(writer.finish()?)
    }

    fn divergences(&self, out: &Path) -> anyhow::Result<()> {
        let mut writer = FrameWriter::new::<BetweenRow>(out)?;
        for shown in self.shown(PairwiseDivergence::KIND) {
            let parts = Frame::of_parts(&shown.parts, &["method", "layer"])?;
            let first = parts.clone().renamed("position", "first")?;
            let second = parts.renamed("position", "second")?;
            let second = second.renamed("method", "other_method")?.renamed("layer", "other_layer")?;
            self.source(shown)?.frames::<PairRow, FrameError>(|pairs| {
                let pairs = pairs.joined(&first, &["first"])?.joined(&second, &["second"])?;
                writer.push(&pairs.named::<BetweenRow>(&shown.names)?)
            })?;
        }
        Ok(writer.finish()?)
    }

    fn agreements(&self, out: &Path) -> anyhow::Result<()> {
        let mut writer = FrameWriter::new::<AgreementRow>(out)?;
        for shown in self.shown(ReferenceAgreement::KIND) {
            let (maps, reference) = (self.cost(shown, "maps")?, self.cost(shown, "reference")?);
            let image = |cost: &Option<Cost>, at: usize| cost.as_ref()?.images.get(at).copied();
            let passes = |cost, at| Some(u32::try_from(image(cost, at)?.forwards).unwrap_or(u32::MAX));
            let mut start = 0;
            self.source(shown)?.frames::<AgreementRow, FrameError>(|rows| {
                let positions = start..start + rows.height();
                start = positions.end;
                let seconds = |at| Some(image(&maps, at).map_or(0.0, |cost| cost.seconds));
                let forwards = |cost| positions.clone().map(|at| passes(cost, at)).collect::<Vec<_>>();
                let rows = rows
                    .with_counts("forwards", &forwards(&maps))?
                    .with_counts("reference_forwards", &forwards(&reference))?
                    .with_numbers("seconds", &positions.clone().map(seconds).collect::<Vec<_>>())?;
                writer.push(&rows.named::<AgreementRow>(&shown.names)?)
            })?;
        }
        Ok(writer.finish()?)
    }

    fn randomisations(&self, out: &Path) -> anyhow::Result<()> {
        let mut writer = FrameWriter::new::<SanityRow>(out)?;
        for shown in self.shown(Randomise::KIND) {
            let parts = Frame::of_parts(&shown.parts, &["method", "layer"])?.renamed("position", "map")?;
            self.source(shown)?.frames::<RandomisedRow, FrameError>(|rows| {
                writer.push(&rows.joined(&parts, &["map"])?.named::<SanityRow>(&shown.names)?)
            })?;
        }
        Ok(writer.finish()?)
    }

    /// Writes the frames that artefacts' rows make up as they are; several kinds may add to one.
    fn others(&self, out: &Path) -> anyhow::Result<()> {
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
            let mut failed = Ok(());
            let mut sources = shown.into_iter().map(|shown| match self.source(shown) {
                Ok(source) => Some(source),
                Err(error) => {
                    failed = Err(error);
                    None
                }
            });
            (assembly.write)(&mut sources, out)?;
            failed?;
        }
        Ok(())
    }
}
