use super::evaluated::{MapsToEvaluate, baseline_maps};
use super::wiring::{NetworkOfCell, Wiring};
use super::{At, Builder, PlannedMaps, maps};
use camlab_data::DatasetSpec;
use camlab_parts::cam::CamSpec;
use camlab_parts::contrast::{ContrastSpec, Unchanged};
use camlab_parts::metric::{Contours, ThresholdSource, chosen_boxes, deltas, rate_thresholds};
use camlab_stage::TestImages;
use camlab_stage::evaluate::Evaluate;
use camlab_stage::map_source::MapOrigin;
use camlab_stage::prepare::Preparation;
use camlab_stage::pseudo_boxes::DrawPseudoBoxes;
use camlab_stage::threshold::{LARGEST_DELTA, Threshold};

/// Images whose boxes choose map thresholds for the test images.
#[derive(Clone, Copy)]
pub(super) struct ChoosingImages<'a> {
    source: ThresholdSource,
    /// The cell, with these images in the place of the test images.
    pub(super) at: At<'a>,
    /// The stage that drew their boxes; `None`: true boxes.
    pseudo_boxes: Option<usize>,
}

impl ChoosingImages<'_> {
    /// `true` if they choose by boxes of this source.
    pub(super) fn is_of(&self, source: ThresholdSource) -> bool {
        self.source == source
    }
}

/// Maps of one network on images that choose thresholds, in the order of those on the test images.
pub(super) struct ChoosingMaps<'a> {
    pub(super) images: ChoosingImages<'a>,
    pub(super) maps: Vec<PlannedMaps>,
}

/// The validation images of a cell, all of them.
pub(super) fn validation(at: At<'_>) -> Option<(TestImages, &DatasetSpec)> {
    let set = at.cell.experiment.data.validation()?;
    Some((TestImages { sample: None, range: None, drawn: None, ..at.images.clone() }, set))
}

impl<'a> Builder<'a> {
    /// The images that choose thresholds for a cell; `val` are its validation images.
    pub(super) fn choosing<'b>(
        &mut self,
        at: At<'b>,
        val: Option<&'b (TestImages, &'b DatasetSpec)>,
    ) -> Result<Vec<ChoosingImages<'b>>, String> {
        let mut all = Vec::new();
        for choice in at.cell.experiment.threshold_choices() {
            let choice = choice.choice();
            let at = At { shows: false, ..at };
            let elsewhere = val.map_or(at, |(images, set)| At { images, set, split: "val", ..at });
            let pseudo_boxes = match choice.saliency() {
                Some(saliency) => Some(self.pseudo_boxes(elsewhere, saliency)?),
                None if self.facts.dataset(elsewhere.set).is_some_and(|set| !set.boxes) => continue,
                None => None,
            };
            all.push(ChoosingImages { source: choice.source(), at: elsewhere, pseudo_boxes });
        }
        Ok(all)
    }

    fn pseudo_boxes(&mut self, at: At<'_>, saliency: &CamSpec) -> Result<usize, String> {
        let interpolation = at.cell.experiment.evaluation.interpolation;
        let preparation = Preparation::new(interpolation, &ContrastSpec::Unchanged(Unchanged::default()));
        let (maps, images) = (MapOrigin::Baseline(baseline_maps(saliency, at.cell.seed)), at.images.clone());
        let wiring = self.map_inputs(at, saliency.name().to_owned(), None)?;
        Ok(self.add(&DrawPseudoBoxes { maps, images, preparation }, wiring))
    }

    /// Plans the maps of one network on the images that choose thresholds: the wanted ones, or those of chains.
    pub(super) fn choosing_maps<'b>(
        &mut self,
        choosing: &[ChoosingImages<'b>],
        network: &NetworkOfCell,
        name: &str,
        wanted: Option<&[maps::Wanted<'_>]>,
    ) -> Result<Vec<ChoosingMaps<'b>>, String> {
        let planned = choosing.iter().map(|images| {
            let maps = match wanted {
                Some(wanted) => wanted.iter().map(|map| self.passes(images.at, network, name, map)).collect(),
                None => self.chains(images.at, network, name),
            };
            Ok(ChoosingMaps { images: *images, maps: maps? })
        });
        planned.collect()
    }

    /// Plans the maps of an ensemble on the images that choose thresholds.
    pub(super) fn choosing_ensembles<'b>(
        &mut self,
        choosing: &[ChoosingImages<'b>],
        fusion: usize,
        members: &[(&str, NetworkOfCell)],
        wanted: &[maps::Wanted<'_>],
    ) -> Result<Vec<ChoosingMaps<'b>>, String> {
        let mut all = Vec::new();
        for images in choosing {
            let maps = self.ensembles(images.at, fusion, members, wanted)?;
            all.push(ChoosingMaps { images: *images, maps });
        }
        Ok(all)
    }

    /// Plans the choice of one map's thresholds by some images; `maps` is the stage that makes the map on them.
    pub(super) fn chosen(
        &mut self,
        images: &ChoosingImages<'_>,
        evaluated: &MapsToEvaluate<'_>,
        contrast: &ContrastSpec,
    ) -> Result<(&'static str, usize), String> {
        let ChoosingImages { source, at, pseudo_boxes } = *images;
        let metrics = &at.cell.experiment.evaluation.metrics;
        let label = evaluated.label(contrast);
        let work = Evaluate {
            maps: evaluated.origin.clone(),
            images: at.images.clone(),
            preparation: evaluated.preparation(&at.cell.experiment.evaluation, contrast),
            thresholds: rate_thresholds(metrics),
            pseudo_boxes: pseudo_boxes.is_some(),
        };
        let mut wiring = self.map_inputs(at, label.clone(), evaluated.maps)?;
        if let Some(stage) = pseudo_boxes {
            wiring = wiring.stage("pseudo-boxes", self.stages.get(stage));
        }
        let evaluation = self.add(&work, wiring);
        let wiring = Wiring::new(self.facts, at, label).stage("evaluation", self.stages.get(evaluation));
        Ok((source.name(), self.add(&thresholds(&at), wiring)))
    }
}

/// The thresholds that the metrics of a cell need.
fn thresholds(at: &At<'_>) -> Threshold {
    let metrics = &at.cell.experiment.evaluation.metrics;
    let (mut any, mut largest) = (deltas(metrics), vec![LARGEST_DELTA]);
    for (contours, delta) in chosen_boxes(metrics) {
        let known = match contours {
            Contours::Any => &mut any,
            Contours::Largest => &mut largest,
        };
        if !known.contains(&delta) {
            known.push(delta);
        }
    }
    Threshold { deltas: any, largest }
}
