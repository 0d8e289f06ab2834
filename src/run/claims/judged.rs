//! The part of an evaluation that claims need.

use std::collections::HashMap;
use std::sync::Arc;

use camlab_config::{Claim, ClaimSide, names};
use camlab_frame::{self as frame, Direction as ShownDirection, SimilarityMeasure, SimilarityRow};
use camlab_graph::StageKey;
use camlab_parts::metric::{self, Direction, Measure, TruthKind};
use camlab_plan::claims::DeclaredMap;
use camlab_plan::{BASELINE, Cell, Facts, Shown};
use camlab_stage::Work as _;
use camlab_stage::intuitive::IntuitiveSimilarity;
use camlab_stage::network::NetworkSource;

use super::super::artefacts::Artefacts;
use super::super::evaluations::{EvaluatedMap, text};

/// Fewest classes for which a network can be near chance: of two classes twice chance is every answer right.
const FEWEST_CLASSES: usize = 3;

/// One evaluation as claims see it: next to nothing for a map that no claim names.
pub(super) struct JudgedMap<'a> {
    pub(super) cell: &'a Cell,
    pub(super) map: DeclaredMap,
    pub(super) contrast: String,
    /// The network that the map is of; `None` for maps of no network.
    pub(super) network: Option<JudgedNetwork>,
    /// The metrics that claims on this map name.
    pub(super) values: Vec<JudgedMetric>,
}

/// The network of a map.
#[derive(Clone)]
pub(super) struct JudgedNetwork {
    /// Its weights, by the stages and options that they come from; `None` for an ensemble.
    pub(super) weights: Option<(StageKey, Arc<NetworkSource>)>,
    /// Its origin: `initialisation: SCHEME` or `fusion: METHOD`.
    pub(super) origin: String,
    /// Top-1 accuracy on the test images, per cent; `None` without labels.
    pub(super) top1: Option<f64>,
    /// Accuracy of guessing, per cent; `None` where it is not defined.
    pub(super) chance: Option<f64>,
}

/// A metric that a claim names.
pub(super) struct JudgedMetric {
    /// Its name in the file.
    pub(super) asked: String,
    /// The measure that stands for it.
    pub(super) measure: Measure,
    /// The network whose reference map a baseline is compared with; `None` for values that depend on the map alone.
    pub(super) reference_of: Option<String>,
    /// Its numbers per image, by index of the image.
    pub(super) values: Vec<(u32, f64)>,
}

/// The similarities to reference maps that a run shows, by cell, method, layer and contrast.
#[derive(Default)]
pub(super) struct Similarities<'a>(HashMap<(usize, &'a str, &'a str, &'a str), Vec<&'a Shown>>);

impl<'a> Similarities<'a> {
    /// Those of a run; none unless a claim names one.
    pub(super) fn new(artefacts: &Artefacts<'a>) -> Self {
        let is_similarity = |claim: &Claim| SimilarityMeasure::named(&claim.metric).is_some();
        let mut all: HashMap<_, Vec<_>> = HashMap::new();
        for shown in artefacts.shown(IntuitiveSimilarity::KIND) {
            if artefacts.plan.cells[shown.cell].experiment.claim.iter().any(is_similarity) {
                let [method, layer, contrast] = ["method", "layer", "contrast"].map(|key| text(shown, key));
                all.entry((shown.cell, method, layer, contrast)).or_default().push(shown);
            }
        }
        Self(all)
    }

    /// The numbers of a map, by the metrics that are asked for; of a baseline for every network.
    fn of(
        &self,
        artefacts: &Artefacts<'a>,
        evaluated: &EvaluatedMap<'a>,
        asked: &[&String],
    ) -> anyhow::Result<Vec<JudgedMetric>> {
        let measures: Vec<&SimilarityMeasure> =
            asked.iter().filter_map(|name| SimilarityMeasure::named(name)).collect();
        let [network, method, layer, contrast] = evaluated.map();
        let known = self.0.get(&(evaluated.shown.cell, method, layer, contrast));
        let (Some(known), false) = (known, measures.is_empty()) else { return Ok(Vec::new()) };
        let mut found = Vec::new();
        for shown in known {
            let of = text(shown, "network");
            if network != BASELINE && network != of {
                continue;
            }
            let rows: Vec<SimilarityRow> = frame::read_artefact(&artefacts.folder(shown.stage)?)?;
            for measure in &measures {
                let value = |row: &SimilarityRow| Some((row.index, (measure.value)(row)?));
                let values = rows.iter().filter_map(value).filter(|(_, value)| value.is_finite());
                found.push(JudgedMetric {
                    asked: measure.name.to_owned(),
                    measure: measured(measure),
                    reference_of: (network == BASELINE).then(|| of.to_owned()),
                    values: values.collect(),
                });
            }
        }
        Ok(found)
    }
}

fn measured(similarity: &SimilarityMeasure) -> Measure {
    Measure {
        name: similarity.name.to_owned(),
        unit: similarity.unit,
        direction: match similarity.direction {
            ShownDirection::Higher => Direction::HigherIsBetter,
            ShownDirection::Lower => Direction::LowerIsBetter,
        },
        truth: TruthKind::None,
        threshold: None,
    }
}

impl<'a> JudgedMap<'a> {
    /// Keeps what claims need of an evaluation.
    pub(super) fn new(
        evaluated: &EvaluatedMap<'a>,
        artefacts: &Artefacts<'a>,
        facts: &Facts,
        similarities: &Similarities<'a>,
    ) -> anyhow::Result<Self> {
        let [network, method, layer, contrast] = evaluated.map().map(str::to_owned);
        let map = DeclaredMap { network, method, layer };
        let experiment = &evaluated.cell.experiment;
        let mut asked: Vec<&String> = Vec::new();
        for claim in experiment.claim.iter().filter(|claim| is_claimed(claim, &map, &contrast)) {
            if !asked.contains(&&claim.metric) {
                asked.push(&claim.metric);
            }
        }
        let specs = &experiment.evaluation.metrics;
        let of_metric = |metric: &&String| {
            let name = metric::judged_name(specs, &evaluated.columns, metric);
            let (measure, values) = metric::per_image(specs, &evaluated.columns, &name)?;
            let known =
                evaluated.indices.iter().zip(values).filter_map(|(index, value)| Some((*index, value?)));
            let values = known.filter(|(_, value)| value.is_finite()).collect();
            Some(JudgedMetric { asked: (*metric).clone(), measure, reference_of: None, values })
        };
        let mut values: Vec<JudgedMetric> = asked.iter().filter_map(of_metric).collect();
        values.extend(similarities.of(artefacts, evaluated, &asked)?);
        let network = (!asked.is_empty()).then(|| JudgedNetwork::of(evaluated, artefacts, facts)).flatten();
        Ok(Self { cell: evaluated.cell, map, contrast, network, values })
    }

    /// `true` if a claim names the map.
    pub(super) fn is_named_by(&self, claim: &Claim) -> bool {
        is_claimed(claim, &self.map, &self.contrast)
    }

    /// Forgets the metrics that none of some claims names.
    pub(super) fn keep(&mut self, claims: &[&Claim]) {
        self.values.retain(|known| claims.iter().any(|claim| claim.metric == known.asked));
    }
}

/// `true` if a claim may be about a map under a contrast.
fn is_claimed(claim: &Claim, map: &DeclaredMap, contrast: &str) -> bool {
    let side = |side: &ClaimSide, of: &str| {
        of == contrast && (side.method == map.method || names(&side.method, &map.method))
    };
    side(&claim.better, claim.better_contrast()) || side(&claim.than, claim.than_contrast())
}

impl JudgedNetwork {
    /// The network of an evaluation; `None` for maps of no network.
    fn of(evaluated: &EvaluatedMap<'_>, artefacts: &Artefacts<'_>, facts: &Facts) -> Option<Self> {
        let [name, ..] = evaluated.map();
        let experiment = &evaluated.cell.experiment;
        let init = experiment.init.iter().find(|init| init.name == name);
        let fusion = experiment.fusion.iter().find(|fusion| fusion.name == name);
        let origin = match (init, fusion) {
            (Some(init), _) => format!("initialisation: {}", init.scheme.name()),
            (None, Some(fusion)) => format!("fusion: {}", fusion.method.name()),
            (None, None) => return None,
        };
        let planned = artefacts.plan.network(evaluated.shown.cell, name);
        let architecture = planned.map(|planned| &planned.source.architecture);
        let probabilities = architecture
            .map_or_else(|| experiment.class_probabilities(), |architecture| architecture.probabilities);
        let of_data = || Some(facts.dataset(&experiment.data.test)?.classes.len());
        let classes = architecture.map(|architecture| architecture.classes).or_else(of_data);
        // Where images show several classes, more than one answer is right.
        let one_label = evaluated.columns.images.is_empty() && probabilities.is_softmax();
        let guessed = classes.filter(|classes| one_label && *classes >= FEWEST_CLASSES);
        let ranks = evaluated.columns.label_rank.iter().flatten();
        let (right, all) =
            ranks.fold((0_usize, 0_usize), |(right, all), rank| (right + usize::from(*rank == 0), all + 1));
        Some(Self {
            weights: planned.map(|planned| (planned.reader.key.clone(), Arc::clone(&planned.source))),
            origin,
            top1: (all > 0).then(|| 100.0 * right as f64 / all as f64),
            chance: guessed.map(|classes| 100.0 / classes as f64),
        })
    }
}
