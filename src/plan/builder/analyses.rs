use serde_json::json;

use super::maps::Wanted;
use super::{At, Builder};
use crate::stages::{Analysed, AnalysisStage, PairwiseDivergenceStage, Passes};
use crate::{StageKey, StageSpec};
use camlab_config::{MapOptions, Target, names};
use camlab_parts::cam::CamSpec;

/// Incremented when rankings by class maps change.
const ANALYSE_VERSION: u32 = 2;
/// Incremented when divergences between maps change.
const RELATE_VERSION: u32 = 1;
/// Any number of classes: a backbone's layers do not depend on it.
const ANY_CLASSES: usize = 2;

impl Builder<'_> {
    /// Plans the classification from the class maps of a network, for every requested method.
    pub(super) fn analyse(
        &mut self,
        at: At<'_>,
        network: usize,
        name: &str,
        wanted: &[Wanted<'_>],
    ) -> Result<(), String> {
        let Some(asked) = &at.cell.experiment.prediction else { return Ok(()) };
        for method in &asked.methods {
            let plain = CamSpec::plain();
            if method == plain.name() {
                let graph = at.cell.experiment.graph(ANY_CLASSES).map_err(|error| error.to_string())?;
                let layer = graph.last_feature().ok_or(
                    "`cam` in prediction.methods needs global average pooling and a linear classifier; remove it, or \
                     write head = \"gap-linear\"",
                )?;
                let layers = vec![layer.to_owned()];
                let title = plain.name().to_owned();
                let look = MapOptions::default();
                self.analysis(at, network, name, &Wanted { method: &plain, layers, look, title });
            } else {
                for wanted in wanted.iter().filter(|wanted| names(method, &wanted.title)) {
                    self.analysis(at, network, name, wanted);
                }
            }
        }
        Ok(())
    }

    /// Plans the pairwise divergences between the maps of a network; none for a single map.
    pub(super) fn relate(&mut self, at: At<'_>, name: &str, maps: &[usize]) {
        if maps.len() < 2 {
            return;
        }
        let keys: Vec<&StageKey> = maps.iter().map(|map| &self.plan.maps[*map].key).collect();
        let spec = StageSpec {
            stage: "pairwise-divergence".into(),
            label: name.to_owned(),
            version: RELATE_VERSION,
            params: json!({ "interpolation": at.cell.experiment.evaluation.interpolation }),
            inputs: json!({ "maps": keys, "images": at.images }),
        };
        let relation = self.add(spec, |plan, key, spec| {
            plan.relations.push(PairwiseDivergenceStage { key, spec, cell: at.index, maps: maps.to_vec() });
            plan.relations.len() - 1
        });
        if let Some(shown) = self.plan.related.last_mut() {
            shown.push((relation, name.to_owned()));
        }
    }

    fn analysis(&mut self, at: At<'_>, network: usize, name: &str, wanted: &Wanted<'_>) {
        let experiment = &at.cell.experiment;
        let Wanted { method, layers, look, title } = wanted;
        // The analysis chooses the target classes itself.
        let look = MapOptions { target: Target::default(), ..look.clone() };
        let precision = self.facts.precision(experiment.precision);
        let (called, layer) = (title.clone(), wanted.layer());
        let spec = StageSpec {
            stage: "analyse".into(),
            label: format!("{name} · {called} · {layer}"),
            version: ANALYSE_VERSION * 1000 + method.cam().map_or(0, |cam| cam.version()),
            params: json!({
                "method": method.numbers(),
                "layers": layers,
                "look": look,
                "interpolation": look.joins().then_some(experiment.evaluation.interpolation),
                "precision": precision,
                "thresholds": experiment.prediction.as_ref().map(|asked| &asked.thresholds),
                "classes": experiment.prediction.as_ref().map(|asked| asked.classes),
                "bootstrap": [experiment.evaluation.bootstrap as u64, at.cell.seed],
            }),
            inputs: json!({ "network": self.plan.networks[network].key, "images": at.images }),
        };
        let passes = Passes { network, method: (*method).clone(), layers: layers.clone(), look, precision };
        let analysis = self.add(spec, |plan, key, spec| {
            let cell = at.index;
            plan.analyses.push(AnalysisStage { key, spec, cell, passes, method: called, layer });
            plan.analyses.len() - 1
        });
        if let Some(shown) = self.plan.analysed.last_mut() {
            shown.push(Analysed { analysis, network: name.to_owned() });
        }
    }
}
