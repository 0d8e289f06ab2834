use super::wiring::{NetworkOfCell, Wiring};
use super::{At, Builder, PlannedMaps};
use crate::Cell;
use camlab_config::{Experiment, Labels, MapOptions, Target};
use camlab_graph::StageInput;
use camlab_parts::cam::CamSpec;
use camlab_stage::ensemble::EnsembleMaps;
use camlab_stage::passes::{MapPasses, Predict};

/// A method at one layer, or at several that are combined.
pub(super) struct Wanted<'a> {
    pub(super) method: &'a CamSpec,
    pub(super) layers: Vec<String>,
    pub(super) look: MapOptions,
    /// Its name in tables.
    pub(super) title: String,
}

impl Wanted<'_> {
    pub(super) fn layer(&self) -> String {
        self.layers.join("+")
    }
}

/// The maps that are computed with a network in a cell.
pub(super) fn wanted<'a>(cell: &'a Cell, network: &str) -> Vec<Wanted<'a>> {
    let experiment = &cell.experiment;
    let mut all = Vec::new();
    let groups = experiment.maps.iter().filter(|group| group.is_of(network) && group.is_with(cell.seed));
    for group in groups {
        for method in &group.methods {
            let look = group.look(method, &experiment.target);
            let title = look.title(method, &experiment.target);
            let one = |layers| Wanted { method, layers, look: look.clone(), title: title.clone() };
            all.extend(group.layers_of(&look).into_iter().map(one));
        }
    }
    all
}

/// `true` if a method with these options combines several maps into one.
pub(super) fn joins(method: &CamSpec, look: &MapOptions) -> bool {
    look.joins() || method.cam().is_some_and(|cam| cam.joins().is_some())
}

/// `true` if a stage with this target may read the labels.
pub(super) fn reads_labels(experiment: &Experiment, target: &Target) -> bool {
    target.choice().reads_labels() && experiment.data.labels == Labels::Known
}

impl<'a> Builder<'a> {
    /// Plans maps by passes through one network.
    pub(super) fn passes(
        &mut self,
        at: At<'_>,
        network: &NetworkOfCell,
        name: &str,
        wanted: &Wanted<'_>,
    ) -> Result<PlannedMaps, String> {
        let experiment = &at.cell.experiment;
        let Wanted { method, layers, look, title } = wanted;
        let work = MapPasses {
            network: network.source.clone(),
            images: at.images.clone(),
            precision: self.facts.precision(experiment.precision),
            batch: experiment.data.batch,
            method: (*method).clone(),
            layers: layers.clone(),
            look: look.clone(),
            // Only combined maps are upsampled by this stage.
            interpolation: joins(method, look).then_some(experiment.evaluation.interpolation),
            labels: at.reads_labels(&look.target),
            altered: None,
        };
        let layer = wanted.layer();
        let wiring = self.pass_inputs(at, network, format!("{name} · {title} · {layer}"))?;
        let stage = self.add(&work, wiring);
        let network = Some(network.clone());
        Ok(PlannedMaps {
            stage,
            method: title.clone(),
            layer,
            passes: Some(work),
            network,
            keeps_range: false,
            is_external: false,
        })
    }

    /// Inputs of a stage that sends the images through a network.
    pub(super) fn pass_inputs(
        &self,
        at: At<'_>,
        network: &NetworkOfCell,
        label: String,
    ) -> Result<Wiring<'a>, String> {
        let wiring = Wiring::new(self.facts, at, label).network("network", network, &self.stages);
        wiring.dataset("images", at.set)
    }

    /// Plans the maps of an ensemble, one stage for every wanted map, and those of its members.
    pub(super) fn ensembles(
        &mut self,
        at: At<'_>,
        fusion: usize,
        members: &[(&str, NetworkOfCell)],
        wanted: &[Wanted<'_>],
    ) -> Result<Vec<PlannedMaps>, String> {
        let experiment = &at.cell.experiment;
        let spec = &experiment.fusion[fusion];
        let enlarges = spec.method.ensemble().is_some_and(|ensemble| ensemble.enlarges());
        let mut predictions: Vec<StageInput> = Vec::new();
        for (name, network) in members {
            let stage = self.prediction(at, network, name)?;
            predictions.push(self.stages.get(stage).input());
        }
        let mut planned = Vec::with_capacity(wanted.len());
        for wanted in wanted {
            let layer = wanted.layer();
            let label = format!("{} · {} · {layer}", spec.name, wanted.title);
            let mut wiring = Wiring::new(self.facts, at, label).dataset("images", at.set)?;
            for (name, network) in members {
                let maps = self.passes(at, network, name, wanted)?;
                wiring = wiring.stage("maps", self.stages.get(maps.stage));
            }
            for prediction in &predictions {
                wiring.inputs.push("predictions", prediction.clone());
            }
            let work = EnsembleMaps {
                method: spec.method.clone(),
                images: at.images.clone(),
                interpolation: enlarges.then_some(experiment.evaluation.interpolation),
                probabilities: experiment.class_probabilities(),
            };
            let stage = self.add(&work, wiring);
            let method = wanted.title.clone();
            planned.push(PlannedMaps {
                stage,
                method,
                layer,
                passes: None,
                network: None,
                keeps_range: false,
                is_external: false,
            });
        }
        Ok(planned)
    }

    /// Plans the logits of the images.
    pub(super) fn prediction(
        &mut self,
        at: At<'_>,
        network: &NetworkOfCell,
        name: &str,
    ) -> Result<usize, String> {
        let work = Predict {
            network: network.source.clone(),
            images: at.images.clone(),
            precision: self.facts.precision(at.cell.experiment.precision),
            batch: at.cell.experiment.data.batch,
        };
        let wiring = self.pass_inputs(at, network, name.to_owned())?;
        Ok(self.add(&work, wiring))
    }
}
