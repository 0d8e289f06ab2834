use std::collections::HashMap;

use serde_json::json;

use super::stages::{BASELINE, EvaluationStage, MapStage, NetworkStage, Plan, Source, Use};
use super::{Cell, Facts, Key, Material};
use crate::nn::train::TrainingOptions;
use crate::parts::cam::CamSpec;
use crate::parts::dataset::DatasetSpec;
use crate::parts::init::InitSpec;
use crate::spec::{Experiment, Look};

/// Bumped when training gives other weights.
const TRAIN_VERSION: u32 = 2;
/// Bumped when maps of every method change; a single method has its own version.
const MAP_VERSION: u32 = 2;
/// Bumped when judged rows change.
const EVALUATE_VERSION: u32 = 2;

impl Plan {
    /// Plans the stages of some cells.
    ///
    /// # Errors
    /// A message naming the data set or checkpoint whose facts were not gathered.
    pub fn new(cells: Vec<Cell>, facts: &Facts) -> Result<Self, String> {
        let mut builder = Builder { facts, plan: Self::empty(), index: HashMap::new() };
        for (index, cell) in cells.iter().enumerate() {
            let uses = builder.cell(index, cell)?;
            builder.plan.uses.push(uses);
        }
        let mut plan = builder.plan;
        plan.cells = cells;
        Ok(plan)
    }

    fn empty() -> Self {
        Self {
            cells: Vec::new(),
            networks: Vec::new(),
            maps: Vec::new(),
            evaluations: Vec::new(),
            uses: Vec::new(),
        }
    }
}

struct Builder<'a> {
    facts: &'a Facts,
    plan: Plan,
    index: HashMap<Key, usize>,
}

impl Builder<'_> {
    fn cell(&mut self, index: usize, cell: &Cell) -> Result<Vec<Use>, String> {
        let experiment = &cell.experiment;
        let images = self.images(experiment)?;
        let mut uses = Vec::new();
        for (init, spec) in experiment.init.iter().enumerate() {
            let network = self.network(index, cell, init)?;
            for group in &experiment.maps {
                for method in &group.methods {
                    let look = group.look(method, &experiment.target);
                    for layers in group.layers_of(&look) {
                        let map = self.map(index, cell, network, method, &layers, &look, &images);
                        let evaluation = self.evaluation(index, cell, Source::Maps(map), &spec.name, &images);
                        uses.push(Use { evaluation, network: spec.name.clone() });
                    }
                }
            }
        }
        for baseline in baselines(experiment) {
            let evaluation = self.evaluation(index, cell, Source::Baseline(baseline), BASELINE, &images);
            uses.push(Use { evaluation, network: BASELINE.into() });
        }
        Ok(uses)
    }

    /// What decides which pixels the network sees.
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
            .ok_or_else(|| format!("data set `{}` was not looked at", dataset.name()))
    }

    fn network(&mut self, index: usize, cell: &Cell, init: usize) -> Result<usize, String> {
        let experiment = &cell.experiment;
        let spec = &experiment.init[init];
        let trained = spec.train.unwrap_or(experiment.training.is_some());
        let test = self.facts.dataset(&experiment.data.test).map_or(0, |facts| facts.classes.len());
        let mut params = json!({ "backbone": experiment.backbone, "classes": test });
        let mut inputs = json!({});
        // A checkpoint counts by its content, wherever it lies. Name and seed count where anything is drawn: they
        // name the random streams.
        let drawn = match &spec.scheme {
            InitSpec::Pretrained(pretrained) => {
                let written = pretrained.checkpoint.as_str();
                let digest = self.facts.checkpoints.get(written);
                let digest = digest.ok_or_else(|| format!("checkpoint `{written}` was not looked at"))?;
                inputs["checkpoint"] = json!(digest);
                params["fresh-head"] = json!(pretrained.fresh_head);
                trained || pretrained.fresh_head
            }
            scheme => {
                params["init"] = json!(scheme);
                true
            }
        };
        if drawn {
            params["name"] = json!(spec.name);
            params["seed"] = json!(cell.seed);
        }
        if trained {
            let train = experiment.data.train.as_ref().ok_or("`data.train` is missing")?;
            params["training"] = json!(experiment.training.as_ref().map(TrainingOptions::numbers));
            params["augment"] = json!(experiment.data.augment);
            params["input"] = json!(experiment.data.input);
            params["on-bad-image"] = json!(experiment.data.on_bad_image);
            inputs["data"] = json!(self.digest(train)?);
        }
        let material = Material {
            stage: "train".into(),
            label: spec.name.clone(),
            version: TRAIN_VERSION,
            params,
            inputs,
        };
        Ok(self.add(material, |plan, key, material| {
            plan.networks.push(NetworkStage { key, material, cell: index, init, trained });
            plan.networks.len() - 1
        }))
    }

    #[expect(clippy::too_many_arguments, reason = "a stage depends on exactly these")]
    fn map(
        &mut self,
        index: usize,
        cell: &Cell,
        network: usize,
        method: &CamSpec,
        layers: &[String],
        look: &Look,
        images: &serde_json::Value,
    ) -> usize {
        let name = &cell.experiment.init[self.plan.networks[network].init].name;
        let precision = self.facts.precision(cell.experiment.precision);
        let title = look.title(method, &cell.experiment.target);
        let material = Material {
            stage: "map".into(),
            label: format!("{name} · {title} · {}", layers.join("+")),
            version: MAP_VERSION * 1000 + method.cam().map_or(0, |cam| cam.version()),
            params: json!({
                "method": method.numbers(),
                "layers": layers,
                "look": look,
                "precision": precision,
                // Joined maps live at the input's size already.
                "interpolation": look.joins().then_some(cell.experiment.evaluation.interpolation),
            }),
            inputs: json!({ "network": self.plan.networks[network].key, "images": images }),
        };
        self.add(material, |plan, key, material| {
            let (method, layers, look) = (method.clone(), layers.to_vec(), look.clone());
            plan.maps.push(MapStage {
                key,
                material,
                cell: index,
                network,
                method,
                layers,
                look,
                title,
                precision,
            });
            plan.maps.len() - 1
        })
    }

    fn evaluation(
        &mut self,
        index: usize,
        cell: &Cell,
        source: Source,
        network: &str,
        images: &serde_json::Value,
    ) -> usize {
        let evaluation = &cell.experiment.evaluation;
        let (method, layer, input) = match &source {
            Source::Maps(map) => {
                let map = &self.plan.maps[*map];
                (map.title.as_str(), map.layers.join("+"), json!({ "maps": map.key, "images": images }))
            }
            Source::Baseline(spec) => {
                let baseline = spec.baseline();
                let seed = baseline.is_some_and(|b| b.is_seeded()).then_some(cell.seed);
                let version = baseline.map_or(0, |b| b.version());
                let input = json!({ "baseline": spec, "seed": seed, "version": version, "images": images });
                (spec.name(), "-".into(), input)
            }
        };
        let material = Material {
            stage: "evaluate".into(),
            label: format!("{network} · {method} · {layer}"),
            version: EVALUATE_VERSION,
            params: json!({
                "thresholds": crate::parts::metric::rate_thresholds(&evaluation.metrics),
                "interpolation": evaluation.interpolation,
                "iou": crate::parts::metric::deltas(&evaluation.metrics),
            }),
            inputs: input,
        };
        let method = method.to_string();
        self.add(material, |plan, key, material| {
            plan.evaluations.push(EvaluationStage { key, material, cell: index, source, method, layer });
            plan.evaluations.len() - 1
        })
    }

    /// The stage with this material, added if no cell has asked for it yet.
    fn add(&mut self, material: Material, push: impl FnOnce(&mut Plan, Key, Material) -> usize) -> usize {
        let key = material.key();
        if let Some(index) = self.index.get(&key) {
            return *index;
        }
        let index = push(&mut self.plan, key.clone(), material);
        self.index.insert(key, index);
        index
    }
}

/// The listed baselines, and those that every report includes by itself.
fn baselines(experiment: &Experiment) -> Vec<CamSpec> {
    let mut all = experiment.baselines.clone();
    for standard in CamSpec::baselines() {
        if !all.iter().any(|listed| listed.name() == standard.name()) {
            all.push(standard);
        }
    }
    all
}
