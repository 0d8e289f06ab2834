use serde_json::json;

use super::{At, Builder, PlannedNetwork};
use crate::stages::{MapOrigin, MapStage, Passes, PredictStage};
use crate::{StageKey, StageSpec};
use camlab_config::{Experiment, MapOptions};
use camlab_parts::cam::CamSpec;

/// Incremented when the code that all methods share gives other maps; every method has its own version too.
const MAP_VERSION: u32 = 2;
/// Incremented when logits change.
const PREDICT_VERSION: u32 = 1;

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

/// The maps that are computed with every network.
pub(super) fn wanted(experiment: &Experiment) -> Vec<Wanted<'_>> {
    let mut all = Vec::new();
    for group in &experiment.maps {
        for method in &group.methods {
            let look = group.look(method, &experiment.target);
            let title = look.title(method, &experiment.target);
            let one = |layers| Wanted { method, layers, look: look.clone(), title: title.clone() };
            all.extend(group.layers_of(&look).into_iter().map(one));
        }
    }
    all
}

impl Builder<'_> {
    /// Plans maps by passes through one network.
    pub(super) fn passes(&mut self, at: At<'_>, network: usize, name: &str, wanted: &Wanted<'_>) -> usize {
        let experiment = &at.cell.experiment;
        let Wanted { method, layers, look, title } = wanted;
        let precision = self.facts.precision(experiment.precision);
        let spec = StageSpec {
            stage: "map".into(),
            label: format!("{name} · {title} · {}", wanted.layer()),
            version: MAP_VERSION * 1000 + method.cam().map_or(0, |cam| cam.version()),
            params: json!({
                "method": method.numbers(),
                "layers": layers,
                "look": look,
                "precision": precision,
                // Only combined maps are upsampled by this stage.
                "interpolation": look.joins().then_some(experiment.evaluation.interpolation),
            }),
            inputs: json!({ "network": self.plan.networks[network].key, "images": at.images }),
        };
        let (method, layers, look) = ((*method).clone(), layers.clone(), look.clone());
        let passes = Passes { network, method, layers, look, precision };
        self.maps(at, spec, (title.clone(), wanted.layer()), MapOrigin::Passes(passes))
    }

    /// Plans the maps of an ensemble, one stage for every wanted map.
    pub(super) fn ensembles(
        &mut self,
        at: At<'_>,
        fusion: usize,
        members: &[&PlannedNetwork<'_>],
        wanted: &[Wanted<'_>],
    ) -> Vec<usize> {
        let experiment = &at.cell.experiment;
        let spec = &experiment.fusion[fusion];
        let enlarges = spec.method.ensemble().is_some_and(|ensemble| ensemble.enlarges());
        let predictions: Vec<usize> =
            members.iter().map(|known| self.prediction(at, known.network, known.name)).collect();
        let mut stages = Vec::with_capacity(wanted.len());
        for (place, wanted) in wanted.iter().enumerate() {
            let maps: Vec<usize> = members.iter().map(|known| known.maps[place]).collect();
            let map_keys: Vec<&StageKey> = maps.iter().map(|map| &self.plan.maps[*map].key).collect();
            let score_keys: Vec<&StageKey> =
                predictions.iter().map(|stage| &self.plan.predictions[*stage].key).collect();
            let spec = StageSpec {
                stage: "map".into(),
                label: format!("{} · {} · {}", spec.name, wanted.title, wanted.layer()),
                version: MAP_VERSION * 1000 + spec.method.version(),
                params: json!({
                    "ensemble": spec.method,
                    "interpolation": enlarges.then_some(experiment.evaluation.interpolation),
                }),
                inputs: json!({ "maps": map_keys, "predictions": score_keys }),
            };
            let origin = MapOrigin::Ensemble { fusion, maps, predictions: predictions.clone() };
            let named = (wanted.title.clone(), wanted.layer());
            stages.push(self.maps(at, spec, named, origin));
        }
        stages
    }

    /// Plans the logits of the test images.
    pub(super) fn prediction(&mut self, at: At<'_>, network: usize, name: &str) -> usize {
        let precision = self.facts.precision(at.cell.experiment.precision);
        let spec = StageSpec {
            stage: "predict".into(),
            label: name.to_owned(),
            version: PREDICT_VERSION,
            params: json!({ "precision": precision }),
            inputs: json!({ "network": self.plan.networks[network].key, "images": at.images }),
        };
        self.add(spec, |plan, key, spec| {
            plan.predictions.push(PredictStage { key, spec, cell: at.index, network, precision });
            plan.predictions.len() - 1
        })
    }

    /// Adds a map stage; `named` are the method's and the layer's names in frames.
    pub(super) fn maps(
        &mut self,
        at: At<'_>,
        spec: StageSpec,
        named: (String, String),
        origin: MapOrigin,
    ) -> usize {
        let (method, layer) = named;
        self.add(spec, |plan, key, spec| {
            plan.maps.push(MapStage { key, spec, cell: at.index, method, layer, origin });
            plan.maps.len() - 1
        })
    }
}
