//! Derives the stages from the cells.

mod analyses;
mod chains;
mod compared;
mod maps;
mod networks;

use std::collections::HashMap;

use serde_json::json;

use self::maps::Wanted;
use super::stages::{BASELINE, EvaluationSource, EvaluationStage, MapStage, Plan, Use};
use super::{Cell, Facts, StageKey, StageSpec};
use camlab_config::{Experiment, names};
use camlab_data::DatasetSpec;
use camlab_parts::cam::CamSpec;
use camlab_parts::contrast::ContrastSpec;

/// Incremented when the rows of evaluations change.
const EVALUATE_VERSION: u32 = 2;

impl Plan {
    /// Plans the stages of some cells.
    ///
    /// # Errors
    /// A message naming the data set or checkpoint whose facts were not collected, or the missing option.
    pub fn new(cells: Vec<Cell>, facts: &Facts) -> Result<Self, String> {
        let mut builder = Builder { facts, plan: Self::empty(), index: HashMap::new() };
        for (index, cell) in cells.iter().enumerate() {
            let images = builder.images(&cell.experiment)?;
            builder.plan.analysed.push(Vec::new());
            builder.plan.related.push(Vec::new());
            let uses = builder.cell(At { index, cell, images: &images })?;
            let compared = builder.compared(At { index, cell, images: &images }, &uses);
            builder.plan.uses.push(uses);
            builder.plan.compared.push(compared);
        }
        let mut plan = builder.plan;
        plan.cells = cells;
        Ok(plan)
    }

    fn empty() -> Self {
        Self {
            cells: Vec::new(),
            networks: Vec::new(),
            predictions: Vec::new(),
            maps: Vec::new(),
            evaluations: Vec::new(),
            analyses: Vec::new(),
            relations: Vec::new(),
            agreements: Vec::new(),
            sanities: Vec::new(),
            uses: Vec::new(),
            analysed: Vec::new(),
            related: Vec::new(),
            compared: Vec::new(),
        }
    }
}

/// Inputs of an evaluation.
struct EvaluatedMaps {
    source: EvaluationSource,
    contrast: ContrastSpec,
    intuitive: Option<usize>,
}

struct Builder<'a> {
    facts: &'a Facts,
    plan: Plan,
    index: HashMap<StageKey, usize>,
}

/// The cell that is being planned.
#[derive(Clone, Copy)]
struct At<'a> {
    index: usize,
    cell: &'a Cell,
    /// Everything that determines the network's input pixels.
    images: &'a serde_json::Value,
}

/// A network of the cell, and its maps in the order of [`maps::wanted`].
struct PlannedNetwork<'a> {
    name: &'a str,
    network: usize,
    maps: Vec<usize>,
}

impl Builder<'_> {
    fn cell(&mut self, at: At<'_>) -> Result<Vec<Use>, String> {
        let experiment = &at.cell.experiment;
        let wanted = maps::wanted(experiment);
        let mut uses = Vec::new();
        let mut known: Vec<PlannedNetwork<'_>> = Vec::new();
        for (init, spec) in experiment.init.iter().enumerate() {
            let network = self.init(at, init)?;
            known.push(self.known(at, network, &spec.name, &wanted, &mut uses)?);
        }
        for (fusion, spec) in experiment.fusion.iter().enumerate() {
            let find = |name: &&str| {
                let found = known.iter().find(|known| known.name == *name);
                found.ok_or_else(|| {
                    format!("member `{name}` of fusion `{}` is not a network defined before it", spec.name)
                })
            };
            let names = spec.members(&experiment.init);
            let members: Vec<&PlannedNetwork<'_>> = names.iter().map(find).collect::<Result<_, _>>()?;
            if spec.method.ensemble().is_some() {
                let maps = self.ensembles(at, fusion, &members, &wanted);
                self.show(at, &spec.name, &maps, &mut uses);
                continue;
            }
            let members = members.iter().map(|known| known.network).collect();
            let network = self.fusion(at, fusion, members)?;
            known.push(self.known(at, network, &spec.name, &wanted, &mut uses)?);
        }
        for baseline in baselines(experiment) {
            for contrast in experiment.evaluation.contrasts() {
                let evaluated = EvaluatedMaps {
                    source: EvaluationSource::Baseline(baseline.clone()),
                    contrast,
                    intuitive: None,
                };
                let evaluation = self.evaluation(at, evaluated, BASELINE);
                uses.push(Use { evaluation, network: BASELINE.into(), prediction: None });
            }
        }
        Ok(uses)
    }

    /// Plans all maps and analyses of one network.
    fn known<'a>(
        &mut self,
        at: At<'_>,
        network: usize,
        name: &'a str,
        wanted: &[Wanted<'_>],
        uses: &mut Vec<Use>,
    ) -> Result<PlannedNetwork<'a>, String> {
        let maps: Vec<usize> = wanted.iter().map(|map| self.passes(at, network, name, map)).collect();
        self.show(at, name, &maps, uses);
        let chains = self.chains(at, network, name);
        self.show(at, name, &chains, uses);
        self.analyse(at, network, name, wanted)?;
        Ok(PlannedNetwork { name, network, maps })
    }

    /// Plans the evaluation of maps under every contrast, shown as `name`.
    fn show(&mut self, at: At<'_>, name: &str, maps: &[usize], uses: &mut Vec<Use>) {
        let evaluation = &at.cell.experiment.evaluation;
        let intuitive = evaluation.intuitive.as_ref().and_then(|wanted| {
            let at_layer = |map: &usize| {
                let layer = &self.plan.maps[*map].layer;
                wanted.layer.as_ref().is_none_or(|wanted| wanted == layer)
            };
            let found = |by: &dyn Fn(&MapStage) -> bool| {
                maps.iter().copied().filter(at_layer).find(|map| by(&self.plan.maps[*map]))
            };
            // A full title, or else the name of the only variant of a method.
            found(&|map| map.method == wanted.method)
                .or_else(|| found(&|map| names(&wanted.method, &map.method)))
        });
        self.relate(at, name, maps);
        let asked = evaluation.metrics.iter().any(|metric| metric.reads_all_classes());
        for map in maps {
            let network = self.plan.maps[*map].passes().map(|passes| passes.network).filter(|_| asked);
            let prediction = network.map(|network| self.prediction(at, network, name));
            for contrast in evaluation.contrasts() {
                let evaluated = EvaluatedMaps { source: EvaluationSource::Maps(*map), contrast, intuitive };
                let evaluation = self.evaluation(at, evaluated, name);
                uses.push(Use { evaluation, network: name.to_owned(), prediction });
            }
        }
    }

    /// Everything that determines the network's input pixels.
    fn images(&self, experiment: &Experiment) -> Result<serde_json::Value, String> {
        let data = &experiment.data;
        Ok(json!({
            "data": self.digest(&data.test)?,
            "input": data.input,
            "on-bad-image": data.on_bad_image,
            "sample": data.sample,
        }))
    }

    fn digest(&self, dataset: &DatasetSpec) -> Result<&str, String> {
        let facts = self.facts.dataset(dataset);
        facts
            .map(|f| f.digest.as_str())
            .ok_or_else(|| format!("the facts of data set `{}` were not collected", dataset.name()))
    }

    fn evaluation(&mut self, at: At<'_>, evaluated: EvaluatedMaps, network: &str) -> usize {
        let EvaluatedMaps { source, contrast, intuitive } = evaluated;
        let evaluation = &at.cell.experiment.evaluation;
        let (method, layer, mut inputs) = match &source {
            EvaluationSource::Maps(map) => {
                let map = &self.plan.maps[*map];
                let input = json!({ "maps": map.key, "images": at.images });
                (map.method.clone(), map.layer.clone(), input)
            }
            EvaluationSource::Baseline(spec) => {
                let baseline = spec.baseline();
                let seed = baseline.is_some_and(|b| b.is_seeded()).then_some(at.cell.seed);
                let version = baseline.map_or(0, |b| b.version());
                let input =
                    json!({ "baseline": spec, "seed": seed, "version": version, "images": at.images });
                (spec.name().to_owned(), "-".into(), input)
            }
        };
        let under = if contrast.is_none() { String::new() } else { format!(" · {}", contrast.label()) };
        if let Some(picture) = intuitive {
            inputs["intuitive"] = json!(self.plan.maps[picture].key);
        }
        let spec = StageSpec {
            stage: "evaluate".into(),
            label: format!("{network} · {method} · {layer}{under}"),
            version: EVALUATE_VERSION,
            params: json!({
                "contrast": (!contrast.is_none()).then(|| json!([contrast, contrast.contrast().version()])),
                "thresholds": camlab_parts::metric::rate_thresholds(&evaluation.metrics),
                "interpolation": evaluation.interpolation,
                "iou": camlab_parts::metric::deltas(&evaluation.metrics),
            }),
            inputs,
        };
        self.add(spec, |plan, key, spec| {
            let cell = at.index;
            let stage = EvaluationStage { key, spec, cell, source, method, layer, contrast, intuitive };
            plan.evaluations.push(stage);
            plan.evaluations.len() - 1
        })
    }

    /// Index of the stage with this specification, added if no cell has requested it yet.
    fn add(&mut self, spec: StageSpec, push: impl FnOnce(&mut Plan, StageKey, StageSpec) -> usize) -> usize {
        let key = spec.key();
        if let Some(index) = self.index.get(&key) {
            return *index;
        }
        let index = push(&mut self.plan, key.clone(), spec);
        self.index.insert(key, index);
        index
    }
}

/// The listed baselines, and those that every report includes.
pub(super) fn baselines(experiment: &Experiment) -> Vec<CamSpec> {
    let mut all = experiment.baselines.clone();
    for standard in CamSpec::baselines() {
        if !all.iter().any(|listed| listed.name() == standard.name()) {
            all.push(standard);
        }
    }
    all
}
