use super::wiring::{NetworkOfCell, Wiring};
use super::{At, Builder, PlannedMaps, ShownMaps};
use crate::plan::BASELINE;
use camlab_config::{Experiment, names};
use camlab_parts::cam::CamSpec;
use camlab_parts::contrast::ContrastSpec;
use camlab_parts::metric::{deltas, rate_thresholds};
use camlab_stage::boxes::PredictedBoxes;
use camlab_stage::evaluate::Evaluate;
use camlab_stage::intuitive::IntuitiveSimilarity;
use camlab_stage::map_source::{BaselineMaps, MapOrigin};
use camlab_stage::measure::{MeasuredNetwork, MeasuredQuantities};
use camlab_stage::prepare::Preparation;
use camlab_stage::threshold::Threshold;

/// Maps to evaluate: a stage's, or a baseline's.
struct Evaluated<'a> {
    network: &'a str,
    method: &'a str,
    layer: &'a str,
    origin: MapOrigin,
    /// The stage that made the maps.
    maps: Option<usize>,
    /// The network that made them; `None` for baselines and for maps of several networks.
    source: Option<&'a NetworkOfCell>,
}

impl<'a> Builder<'a> {
    /// Plans the evaluation of maps under every contrast, shown under the network's name.
    pub(super) fn evaluations(
        &mut self,
        at: At<'_>,
        name: &str,
        maps: &[PlannedMaps],
        shown: &mut Vec<ShownMaps>,
    ) -> Result<(), String> {
        let evaluation = &at.cell.experiment.evaluation;
        let reference = evaluation.intuitive.as_ref().and_then(|wanted| {
            let at_layer = |map: &&PlannedMaps| wanted.layer.as_ref().is_none_or(|layer| *layer == map.layer);
            let found = |by: &dyn Fn(&PlannedMaps) -> bool| maps.iter().filter(at_layer).find(|map| by(map));
            // A full title, or else the name of the only variant of a method.
            found(&|map| map.method == wanted.method)
                .or_else(|| found(&|map| names(&wanted.method, &map.method)))
        });
        self.divergences(at, name, maps)?;
        let asked = evaluation.metrics.iter().any(|metric| metric.metric().reads_all_classes());
        for map in maps {
            let network = map.network.as_ref().filter(|_| asked && map.passes.is_some());
            let prediction = match network {
                Some(network) => Some(self.prediction(at, network, name)?),
                None => None,
            };
            for contrast in evaluation.contrasts() {
                let evaluated = Evaluated {
                    network: name,
                    method: &map.method,
                    layer: &map.layer,
                    origin: MapOrigin::Stage,
                    maps: Some(map.stage),
                    source: map.network.as_ref(),
                };
                self.evaluation(at, &evaluated, &contrast, prediction)?;
                if let Some(reference) = reference {
                    self.intuitive(at, &evaluated, &contrast, reference)?;
                }
                if contrast.is_none() {
                    shown.push(ShownMaps::new(name, map));
                }
            }
        }
        Ok(())
    }

    /// Plans the evaluation of every baseline.
    pub(super) fn baselines(&mut self, at: At<'_>, shown: &mut Vec<ShownMaps>) -> Result<(), String> {
        for method in baselines(&at.cell.experiment) {
            let baseline = method.baseline();
            let seed = baseline.is_some_and(|b| b.is_seeded()).then_some(at.cell.seed);
            let version = baseline.map_or(0, |b| b.version());
            let origin = MapOrigin::Baseline(BaselineMaps { method: method.clone(), version, seed });
            for contrast in at.cell.experiment.evaluation.contrasts() {
                let evaluated = Evaluated {
                    network: BASELINE,
                    method: method.name(),
                    layer: "-",
                    origin: origin.clone(),
                    maps: None,
                    source: None,
                };
                self.evaluation(at, &evaluated, &contrast, None)?;
                if contrast.is_none() {
                    shown.push(ShownMaps::baseline(method.name(), origin.clone()));
                }
            }
        }
        Ok(())
    }

    fn evaluation(
        &mut self,
        at: At<'_>,
        evaluated: &Evaluated<'_>,
        contrast: &ContrastSpec,
        prediction: Option<usize>,
    ) -> Result<(), String> {
        let Evaluated { network, method, layer, origin, maps, .. } = evaluated;
        let evaluation = &at.cell.experiment.evaluation;
        let under = if contrast.is_none() { String::new() } else { format!(" · {}", contrast.label()) };
        let label = format!("{network} · {method} · {layer}{under}");
        let preparation = Preparation::new(evaluation.interpolation, contrast);
        let work = Evaluate {
            maps: origin.clone(),
            images: at.images.clone(),
            preparation: preparation.clone(),
            thresholds: rate_thresholds(&evaluation.metrics),
        };
        let wiring = self.map_inputs(at, label.clone(), *maps)?;
        let stage = self.add(&work, wiring);

        let deltas = deltas(&evaluation.metrics);
        let wiring = Wiring::new(self.facts, at, label.clone());
        let wiring = wiring.stage("evaluation", self.stages.get(stage));
        let thresholds = self.add(&Threshold { deltas: deltas.clone() }, wiring);
        let (maps_of_boxes, images) = (origin.clone(), at.images.clone());
        let quantities = self.quantities(at, evaluated, &label, &preparation)?;
        let work = PredictedBoxes { maps: maps_of_boxes, images, preparation, deltas };
        let wiring = self.map_inputs(at, label, *maps)?;
        let wiring = wiring
            .stage("evaluation", self.stages.get(stage))
            .stage("thresholds", self.stages.get(thresholds));
        let boxes = self.add(&work, wiring);

        let names = at.names().with("network", *network).with("method", *method).with("layer", *layer);
        let names = names.with("contrast", contrast.label().as_str());
        let shown = self.show(at, stage, names);
        shown.beside.insert("boxes", boxes);
        shown.beside.extend(maps.map(|maps| ("maps", maps)));
        shown.beside.extend(prediction.map(|prediction| ("predictions", prediction)));
        shown.quantities = quantities;
        Ok(())
    }

    /// Plans a stage for each metric that measures numbers per image itself.
    fn quantities(
        &mut self,
        at: At<'_>,
        evaluated: &Evaluated<'_>,
        label: &str,
        preparation: &Preparation,
    ) -> Result<Vec<usize>, String> {
        let experiment = &at.cell.experiment;
        let mut planned = Vec::new();
        for metric in &experiment.evaluation.metrics {
            let quantities = metric.metric().quantities();
            let passes = quantities.iter().any(|quantity| quantity.needs_passes());
            if quantities.is_empty() || (passes && evaluated.source.is_none()) {
                continue;
            }
            let mut wiring = self.map_inputs(at, format!("{label} · {}", metric.name()), evaluated.maps)?;
            let source = evaluated.source.filter(|_| passes);
            if let Some(network) = source {
                wiring = wiring.network("network", network, &self.stages);
            }
            let work = MeasuredQuantities {
                metric: metric.clone(),
                maps: evaluated.origin.clone(),
                images: at.images.clone(),
                preparation: preparation.clone(),
                network: source.map(|network| MeasuredNetwork {
                    source: network.source.clone(),
                    precision: self.facts.precision(experiment.precision),
                }),
                batch: experiment.data.batch,
            };
            planned.push(self.add(&work, wiring));
        }
        Ok(planned)
    }

    fn intuitive(
        &mut self,
        at: At<'_>,
        evaluated: &Evaluated<'_>,
        contrast: &ContrastSpec,
        reference: &PlannedMaps,
    ) -> Result<(), String> {
        let Evaluated { network, method, layer, maps, .. } = evaluated;
        let label = format!("{network} · {method} · {layer} with {}", reference.method);
        let wiring = self.map_inputs(at, label, *maps)?.stage("reference", self.stages.get(reference.stage));
        let interpolation = at.cell.experiment.evaluation.interpolation;
        let preparation = Preparation::new(interpolation, contrast);
        let stage = self.add(&IntuitiveSimilarity { images: at.images.clone(), preparation }, wiring);
        let names = at.names().with("network", *network).with("method", *method).with("layer", *layer);
        let names = names.with("contrast", contrast.label().as_str());
        self.show(at, stage, names.with("reference", reference.method.as_str()));
        Ok(())
    }

    /// Inputs of a stage that looks at maps and images.
    pub(super) fn map_inputs(
        &self,
        at: At<'_>,
        label: String,
        maps: Option<usize>,
    ) -> Result<Wiring<'a>, String> {
        let wiring = Wiring::new(self.facts, at, label).dataset("images", &at.cell.experiment.data.test)?;
        Ok(match maps {
            Some(maps) => wiring.stage("maps", self.stages.get(maps)),
            None => wiring,
        })
    }
}

/// The listed baselines, and those that every report includes.
pub(crate) fn baselines(experiment: &Experiment) -> Vec<CamSpec> {
    let mut all = experiment.baselines.clone();
    for standard in CamSpec::baselines() {
        if !all.iter().any(|listed| listed.name() == standard.name()) {
            all.push(standard);
        }
    }
    all
}
