//! The few-shot supervised localiser.

use super::thresholds::ChoosingMaps;
use super::wiring::{NetworkOfCell, Wiring};
use super::{At, Builder, PlannedMaps, ShownMaps, maps};
use camlab_base::random::derive;
use camlab_config::Supervised;
use camlab_data::DatasetSpec;
use camlab_parts::localiser::HeadTruth;
use camlab_parts::metric::ThresholdSource;
use camlab_stage::TestImages;
use camlab_stage::features::{FrozenLayer, LayerFeatures};
use camlab_stage::supervised::annotations::{AnnotationPurpose, CountAnnotations};
use camlab_stage::supervised::maps::SupervisedMaps;
use camlab_stage::supervised::supervise::Supervise;

/// A supervised localiser of a cell.
#[derive(Clone, Copy)]
struct PlannedHead<'a> {
    spec: &'a Supervised,
    name: &'a str,
    network: &'a NetworkOfCell,
    /// The stage that trains its head.
    head: usize,
}

impl Builder<'_> {
    /// Plans the supervised localisers of a cell and their evaluations. `networks` are those of the cell by their names.
    pub(super) fn supervised(
        &mut self,
        at: At<'_>,
        networks: &[(&str, NetworkOfCell)],
        shown: &mut Vec<ShownMaps>,
    ) -> Result<(), String> {
        let experiment = &at.cell.experiment;
        let names: Vec<&str> = networks.iter().map(|(name, _)| *name).collect();
        for spec in &experiment.supervised {
            let missing = || format!("`{}` has no network or no images to train with", spec.name);
            let name = spec.network_of(&names).ok_or_else(missing)?;
            let network = networks.iter().find(|(known, _)| *known == name);
            let (_, network) = network.ok_or_else(missing)?;
            let sets = spec.sets(&experiment.data).ok_or_else(missing)?;
            // All images of the set, whatever sample of the test images is evaluated.
            let images = TestImages { sample: None, range: None, drawn: None, ..at.images.clone() };
            let own = At { images: &images, set: &sets.train, split: "training images", shows: false, ..at };
            let head = self.head(own, spec, name, network)?;
            let planned = PlannedHead { spec, name, network, head };
            let map = self.supervised_maps(at, planned)?;
            let rest = sets.choosing.map(|set| (images.clone(), set));
            let choosing = rest.as_ref().map(|(images, set)| (images.clone(), set));
            let choosing = self.choosing(at, choosing.as_ref())?;
            let mut elsewhere = Vec::new();
            for images in &choosing {
                let maps = vec![self.supervised_maps(images.at, planned)?];
                elsewhere.push(ChoosingMaps { images: *images, maps });
            }
            self.evaluations(at, name, &[map], &elsewhere, shown)?;
            self.annotations(at, planned, (AnnotationPurpose::Training, &sets.train))?;
            let by_boxes = choosing.iter().any(|images| images.is_of(ThresholdSource::Val));
            if let Some((_, set)) = rest.as_ref().filter(|_| by_boxes) {
                self.annotations(at, planned, (AnnotationPurpose::Thresholds, set))?;
            }
        }
        Ok(())
    }

    /// Plans the training of a head, shown in the cell.
    fn head(
        &mut self,
        at: At<'_>,
        spec: &Supervised,
        name: &str,
        network: &NetworkOfCell,
    ) -> Result<usize, String> {
        let work = LayerFeatures {
            activations: self.activations(at, spec, network),
            images: at.images.clone(),
            batch: at.cell.experiment.data.batch,
        };
        let wiring = self.pass_inputs(at, network, format!("{name} · {}", spec.layer))?;
        let features = self.add(&work, wiring);
        let work = Supervise {
            head: spec.head.clone(),
            images: at.images.clone(),
            training: spec.training(),
            seed: derive(at.cell.seed, "supervised"),
        };
        let label = format!("{name} · {} · {}", spec.name, spec.layer);
        let wiring = Wiring::new(self.facts, at, label).dataset("images", at.set)?;
        let head = self.add(&work, wiring.stage("features", self.stages.get(features)));
        let names = at.names().with("network", name).with("method", spec.name.as_str());
        self.show(at, head, names.with("layer", spec.layer.as_str()));
        Ok(head)
    }

    fn supervised_maps(&mut self, at: At<'_>, planned: PlannedHead<'_>) -> Result<PlannedMaps, String> {
        let PlannedHead { spec, name, network, head } = planned;
        let experiment = &at.cell.experiment;
        let work = SupervisedMaps {
            head: spec.head.clone(),
            activations: self.activations(at, spec, network),
            images: at.images.clone(),
            batch: experiment.data.batch,
            target: experiment.target.clone(),
            labels: maps::reads_labels(experiment, &experiment.target),
        };
        let wiring = self.pass_inputs(at, network, format!("{name} · {} · {}", spec.name, spec.layer))?;
        let stage = self.add(&work, wiring.stage("head", self.stages.get(head)));
        Ok(PlannedMaps {
            stage,
            method: spec.name.clone(),
            layer: spec.layer.clone(),
            passes: None,
            network: Some(network.clone()),
            keeps_range: spec.head.localiser().keeps_range(),
            is_external: true,
        })
    }

    fn activations(&self, at: At<'_>, spec: &Supervised, network: &NetworkOfCell) -> FrozenLayer {
        let precision = self.facts.precision(at.cell.experiment.precision);
        FrozenLayer { network: network.source.clone(), layer: spec.layer.clone(), precision }
    }

    fn annotations(
        &mut self,
        at: At<'_>,
        planned: PlannedHead<'_>,
        (purpose, set): (AnnotationPurpose, &DatasetSpec),
    ) -> Result<(), String> {
        let PlannedHead { spec, name, .. } = planned;
        let label = format!("{name} · {} · {}", spec.name, spec.layer);
        let split = At { split: purpose.name(), ..at };
        let wiring = Wiring::new(self.facts, split, label).dataset("images", set)?;
        // Map thresholds are chosen by boxes.
        let truth = match purpose {
            AnnotationPurpose::Training => spec.head.localiser().needs(),
            AnnotationPurpose::Thresholds => HeadTruth::Boxes,
        };
        let stage = self.add(&CountAnnotations { purpose, truth }, wiring);
        let names = at.names().with("network", name).with("method", spec.name.as_str());
        self.show(at, stage, names.with("layer", spec.layer.as_str()));
        Ok(())
    }
}
