use super::evaluated::{MapsToEvaluate, baseline_maps};
use super::thresholds::{ChoosingImages, ChoosingMaps};
use super::wiring::Wiring;
use super::{At, Builder, PlannedMaps, ShownMaps};
use crate::plan::{BASELINE, VAL_BOXES};
use camlab_config::Experiment;
use camlab_parts::cam::CamSpec;
use camlab_parts::contrast::ContrastSpec;
use camlab_parts::metric::{ThresholdSource, deltas, measuring, rate_thresholds};
use camlab_stage::boxes::PredictedBoxes;
use camlab_stage::evaluate::Evaluate;
use camlab_stage::map_source::MapOrigin;
use camlab_stage::measure::{MeasuredNetwork, MeasuredQuantities};
use camlab_stage::prepare::Preparation;
use camlab_stage::threshold::{LARGEST_DELTA, Threshold};

impl<'a> Builder<'a> {
    /// Plans the evaluation of maps under every contrast, shown under the network's name, at the thresholds of the images
    /// themselves and at those that `elsewhere`, the same maps on other images, chooses.
    pub(super) fn evaluations(
        &mut self,
        at: At<'_>,
        name: &str,
        maps: &[PlannedMaps],
        elsewhere: &[ChoosingMaps<'_>],
        shown: &mut Vec<ShownMaps>,
    ) -> Result<(), String> {
        let evaluation = &at.cell.experiment.evaluation;
        self.divergences(at, name, maps)?;
        let asked = evaluation.metrics.iter().any(|metric| metric.metric().reads_all_classes());
        for (place, map) in maps.iter().enumerate() {
            let network = map.network.as_ref().filter(|_| asked && (map.passes.is_some() || map.is_external));
            let prediction = match network {
                Some(network) => Some(self.prediction(at, network, name)?),
                None => None,
            };
            for contrast in evaluation.contrasts() {
                let evaluated = MapsToEvaluate::new(name, map);
                let mut chosen = Vec::new();
                for other in elsewhere {
                    if let Some(map) = other.maps.get(place) {
                        let evaluated = MapsToEvaluate::new(name, map);
                        chosen.push(self.chosen(&other.images, &evaluated, &contrast)?);
                    }
                }
                self.evaluation(at, &evaluated, &contrast, prediction, &chosen)?;
                if contrast.is_none() {
                    shown.push(ShownMaps::new(name, map));
                }
            }
        }
        Ok(())
    }

    /// Plans the evaluation of every baseline.
    pub(super) fn baselines(
        &mut self,
        at: At<'_>,
        choosing: &[ChoosingImages<'_>],
        shown: &mut Vec<ShownMaps>,
    ) -> Result<(), String> {
        for method in baselines(&at.cell.experiment) {
            let origin = MapOrigin::Baseline(baseline_maps(&method, at.cell.seed));
            for contrast in at.cell.experiment.evaluation.contrasts() {
                let evaluated = MapsToEvaluate {
                    network: BASELINE,
                    method: method.name(),
                    layer: "-",
                    origin: origin.clone(),
                    maps: None,
                    source: None,
                    passes: None,
                    keeps_range: false,
                };
                let chosen = choosing.iter().map(|images| self.chosen(images, &evaluated, &contrast));
                let chosen = chosen.collect::<Result<Vec<_>, _>>()?;
                self.evaluation(at, &evaluated, &contrast, None, &chosen)?;
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
        evaluated: &MapsToEvaluate<'_>,
        contrast: &ContrastSpec,
        prediction: Option<usize>,
        chosen: &[(&'static str, usize)],
    ) -> Result<(), String> {
        let MapsToEvaluate { network, method, layer, origin, maps, .. } = evaluated;
        let evaluation = &at.cell.experiment.evaluation;
        let label = evaluated.label(contrast);
        let preparation = evaluated.preparation(evaluation, contrast);
        let work = Evaluate {
            maps: origin.clone(),
            images: at.images.clone(),
            preparation: preparation.clone(),
            thresholds: rate_thresholds(&evaluation.metrics),
            pseudo_boxes: false,
        };
        let wiring = self.map_inputs(at, label.clone(), *maps)?;
        let stage = self.add(&work, wiring);

        let deltas = deltas(&evaluation.metrics);
        let wiring = Wiring::new(self.facts, at, label.clone());
        let wiring = wiring.stage("evaluation", self.stages.get(stage));
        let thresholds =
            self.add(&Threshold { deltas: deltas.clone(), largest: vec![LARGEST_DELTA] }, wiring);
        let quantities = self.quantities(at, evaluated, &label, &preparation)?;
        let drawn = PredictedBoxes { maps: origin.clone(), images: at.images.clone(), preparation, deltas };
        let boxes = self.boxes(at, &drawn, (&label, *maps), stage, thresholds)?;
        let val = chosen.iter().find(|(source, _)| *source == ThresholdSource::Val.name());
        let at_val = match val {
            Some((_, thresholds)) => Some(self.boxes(at, &drawn, (&label, *maps), stage, *thresholds)?),
            None => None,
        };

        let names = at.names().with("network", *network).with("method", *method).with("layer", *layer);
        let names = names.with("contrast", contrast.label().as_str());
        let shown = self.show(at, stage, names);
        shown.beside.insert("boxes", boxes);
        shown.beside.extend(at_val.map(|boxes| (VAL_BOXES, boxes)));
        shown.beside.extend(maps.map(|maps| ("maps", maps)));
        shown.beside.extend(chosen.iter().copied());
        shown.beside.extend(prediction.map(|prediction| ("predictions", prediction)));
        shown.quantities = quantities;
        Ok(())
    }

    /// Plans the predicted boxes at the thresholds of a stage.
    fn boxes(
        &mut self,
        at: At<'_>,
        work: &PredictedBoxes,
        (label, maps): (&str, Option<usize>),
        evaluation: usize,
        thresholds: usize,
    ) -> Result<usize, String> {
        let wiring = self.map_inputs(at, label.to_owned(), maps)?;
        let wiring = wiring
            .stage("evaluation", self.stages.get(evaluation))
            .stage("thresholds", self.stages.get(thresholds));
        Ok(self.add(work, wiring))
    }

    /// Plans a stage for each metric that measures numbers per image itself.
    fn quantities(
        &mut self,
        at: At<'_>,
        evaluated: &MapsToEvaluate<'_>,
        label: &str,
        preparation: &Preparation,
    ) -> Result<Vec<usize>, String> {
        let experiment = &at.cell.experiment;
        let mut planned = Vec::new();
        for metric in measuring(&experiment.evaluation.metrics) {
            let Some(measurement) = metric.metric().measurement() else { continue };
            let size = experiment.data.input.size;
            let passes = measurement.passes(size.height * size.width) > 0;
            if passes && evaluated.source.is_none() {
                continue;
            }
            let mut wiring = self.map_inputs(at, format!("{label} · {}", metric.label()), evaluated.maps)?;
            if let Some(alteration) = measurement.explained_again() {
                let Some(again) = self.explained_again(at, evaluated, alteration, preparation)? else {
                    continue;
                };
                for stage in again {
                    wiring = wiring.stage("again", self.stages.get(stage));
                }
            }
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
                seed: measurement.draws().then_some(at.cell.seed),
                batch: experiment.data.batch,
            };
            planned.push(self.add(&work, wiring));
        }
        Ok(planned)
    }

    /// Inputs of a stage that looks at maps and images.
    pub(super) fn map_inputs(
        &self,
        at: At<'_>,
        label: String,
        maps: Option<usize>,
    ) -> Result<Wiring<'a>, String> {
        let wiring = Wiring::new(self.facts, at, label).dataset("images", at.set)?;
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
