//! Tests of an experiment's claims on the rows of its cells.

use std::collections::HashMap;

use camlab_config::{Claim, NamedMap, names};
use camlab_frame::{ClaimRow, FEW_IMAGES, Finding, TestedScope, UNCHANGED};
use camlab_parts::metric::{self, Direction, Measure};
use camlab_plan::Cell;
use camlab_plan::claims::{DeclaredMap, pairs};
use camlab_statistics::{self as statistics, ClaimScope, PairedDifference, paired_difference};

use super::evaluations::EvaluatedMap;

/// Significance level of corrected p values.
const LEVEL: f64 = 0.05;

/// The part of one evaluation that claims need.
struct Judged<'a> {
    cell: &'a Cell,
    map: DeclaredMap,
    contrast: String,
    /// The metrics that claims on this map name.
    values: Vec<JudgedMetric>,
}

/// A metric that a claim names.
struct JudgedMetric {
    /// Its name in the file.
    asked: String,
    /// The measure that stands for it.
    measure: Measure,
    /// Its numbers per image, by index of the image.
    values: Vec<(u32, f64)>,
}

/// Keeps what claims need of an evaluation: next to nothing for a map that no claim names.
fn judged<'a>(evaluated: &EvaluatedMap<'a>) -> Judged<'a> {
    let [network, method, layer, contrast] = evaluated.map().map(str::to_owned);
    let map = DeclaredMap { network, method, layer };
    let experiment = &evaluated.cell.experiment;
    let named = |claim: &Claim| {
        let side = |named: &NamedMap| named.method == map.method || names(&named.method, &map.method);
        claim.contrast == contrast && (side(&claim.better) || side(&claim.than))
    };
    let mut metrics: Vec<&String> = Vec::new();
    for claim in experiment.claim.iter().filter(|claim| named(claim)) {
        if !metrics.contains(&&claim.metric) {
            metrics.push(&claim.metric);
        }
    }
    let values = metrics.into_iter().filter_map(|metric| {
        let specs = &experiment.evaluation.metrics;
        let name = metric::judged_name(specs, &evaluated.columns, metric);
        let (measure, values) = metric::per_image(specs, &evaluated.columns, &name)?;
        let known = evaluated.indices.iter().zip(values).filter_map(|(index, value)| Some((*index, value?)));
        let values = known.filter(|(_, value)| value.is_finite()).collect();
        Some(JudgedMetric { asked: metric.clone(), measure, values })
    });
    Judged { cell: evaluated.cell, values: values.collect(), map, contrast }
}

/// Tests every claim under every configuration when the last evaluation of its cells, which follow each other, is added.
#[derive(Default)]
pub(super) struct ClaimTests<'a> {
    configuration: String,
    judged: Vec<Judged<'a>>,
    rows: Vec<(ClaimRow, Option<PairedDifference>)>,
}

impl<'a> ClaimTests<'a> {
    /// Adds an evaluation.
    pub(super) fn add(&mut self, evaluated: &EvaluatedMap<'a>) {
        let configuration = evaluated.cell.configuration();
        if configuration != self.configuration {
            self.test();
            self.configuration = configuration;
        }
        if !evaluated.cell.experiment.claim.is_empty() {
            self.judged.push(judged(evaluated));
        }
    }

    /// One row per claim, configuration and pair of maps, p values corrected for their number.
    pub(super) fn finish(mut self) -> Vec<ClaimRow> {
        self.test();
        correct(&mut self.rows);
        self.rows.into_iter().map(|(row, _)| row).collect()
    }

    /// Tests the claims of the configuration.
    fn test(&mut self) {
        let judged = std::mem::take(&mut self.judged);
        let Some(Judged { cell, .. }) = judged.first() else { return };
        let plain = judged.iter().filter(|judged| judged.contrast == UNCHANGED);
        let mut all: Vec<DeclaredMap> = plain.map(|judged| judged.map.clone()).collect();
        all.sort();
        all.dedup();
        for claim in &cell.experiment.claim {
            // Names were checked before the run; a missing pair belongs to a network that failed.
            let pairs = pairs(claim, &all).unwrap_or_default();
            if pairs.is_empty() {
                let (better, than) = (written(&claim.better), written(&claim.than));
                self.rows.push(row(&self.configuration, claim, better, than, None));
            }
            for (better, than) in pairs {
                let tested = test(claim, &judged, &better, &than);
                self.rows.push(row(&self.configuration, claim, better.label(), than.label(), tested));
            }
        }
    }
}

/// A map's name as in the file.
fn written(named: &NamedMap) -> String {
    match &named.network {
        Some(network) => format!("{} ({network})", named.method),
        None => named.method.clone(),
    }
}

/// The metric and the paired difference over images and seeds, signed so that positive supports the claim.
fn test(
    claim: &Claim,
    judged: &[Judged<'_>],
    better: &DeclaredMap,
    than: &DeclaredMap,
) -> Option<(Measure, Option<PairedDifference>)> {
    let mut measure: Option<Measure> = None;
    let mut seeds: Vec<HashMap<u32, f64>> = Vec::new();
    let mut known: Vec<&str> = Vec::new();
    for Judged { cell, .. } in judged {
        if known.contains(&cell.id.as_str()) {
            continue;
        }
        known.push(&cell.id);
        let side = |wanted: &DeclaredMap| -> Option<&JudgedMetric> {
            let own = judged.iter().find(|judged| {
                judged.cell.id == cell.id && judged.map == *wanted && judged.contrast == claim.contrast
            })?;
            own.values.iter().find(|known| known.asked == claim.metric)
        };
        let Some((first, second)) = side(better).zip(side(than)) else { continue };
        // Numbers at thresholds that different images chose are not compared.
        let one = measure.get_or_insert_with(|| first.measure.clone());
        if [&first.measure, &second.measure].iter().all(|measure| measure.name == one.name) {
            let others: HashMap<u32, f64> = second.values.iter().copied().collect();
            let pairs =
                first.values.iter().filter_map(|(image, value)| Some((*image, value - others.get(image)?)));
            seeds.push(pairs.collect());
        }
    }
    let measure = measure?;
    let sign = match measure.direction {
        Direction::HigherIsBetter => 1.0,
        Direction::LowerIsBetter => -1.0,
    };
    let mut images: Vec<u32> = seeds.first().map(|seed| seed.keys().copied().collect()).unwrap_or_default();
    images.retain(|image| seeds.iter().all(|seed| seed.contains_key(image)));
    images.sort_unstable();
    let differences: Vec<Vec<f64>> =
        seeds.iter().map(|seed| images.iter().map(|image| sign * seed[image]).collect()).collect();
    // Without images there is nothing to test; every other error is excluded above.
    Some((measure, paired_difference(&differences).ok()))
}

fn row(
    configuration: &str,
    claim: &Claim,
    better: String,
    than: String,
    tested: Option<(Measure, Option<PairedDifference>)>,
) -> (ClaimRow, Option<PairedDifference>) {
    let unit = tested.as_ref().map_or("", |(measure, _)| measure.unit);
    let found = tested.as_ref().and_then(|(_, found)| *found);
    let row = ClaimRow {
        configuration: configuration.to_owned(),
        better,
        than,
        metric: tested.as_ref().map_or(&claim.metric, |(measure, _)| told(claim, measure)).clone(),
        unit: if unit == "%" { "points".to_owned() } else { unit.to_owned() },
        contrast: claim.contrast.clone(),
        difference: found.map(|found| found.mean),
        scope: TestedScope::Untested,
        low: None,
        high: None,
        p: None,
        p_holm: None,
        effect: found.map(|found| found.effect),
        better_share: found.map(|found| found.better),
        worse_share: found.map(|found| found.worse),
        detectable: None,
        images: found.map_or(0, |found| found.images as u32),
        seeds: found.map_or(0, |found| found.seeds as u32),
        finding: match found {
            None => Finding::Missing,
            Some(found) if found.images < FEW_IMAGES => Finding::TooFew,
            Some(_) => Finding::Open,
        },
    };
    (row, found)
}

/// The name of the measure that a claim is judged by; that of the file if it asks for the oracle's threshold.
fn told<'c>(claim: &'c Claim, measure: &'c Measure) -> &'c String {
    let asked = measure.asked_of_oracle().is_some_and(|asked| asked == claim.metric);
    if asked { &claim.metric } else { &measure.name }
}

/// Sets scopes, intervals and findings, with p values corrected for the number of testable claims.
fn correct(rows: &mut [(ClaimRow, Option<PairedDifference>)]) {
    let testable =
        |(row, found): &(ClaimRow, Option<PairedDifference>)| found.filter(|_| row.finding == Finding::Open);
    let family: Vec<PairedDifference> = rows.iter().filter_map(testable).collect();
    let mut corrected = statistics::corrected(&family, LEVEL).into_iter();
    for (row, found) in rows {
        let Some(found) = found else { continue };
        let in_family = row.finding == Finding::Open;
        let alone = || statistics::corrected(&[*found], LEVEL).pop();
        let Some(tested) = (if in_family { corrected.next() } else { alone() }) else { continue };
        row.scope = match tested.scope {
            ClaimScope::Training => TestedScope::Training,
            ClaimScope::Networks => TestedScope::Networks,
        };
        (row.low, row.high) = (Some(tested.interval.low), Some(tested.interval.high));
        row.p = Some(tested.p);
        if in_family {
            row.p_holm = Some(tested.corrected_p);
            row.detectable = Some(tested.detectable);
            row.finding = match (tested.corrected_p < LEVEL, found.mean > 0.0) {
                (true, true) => Finding::Supported,
                (true, false) => Finding::Contradicted,
                (false, _) => Finding::Open,
            };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 100 images with a mean of `mean` and a standard deviation over images of about 10.
    fn differences(mean: f64, images: usize) -> PairedDifference {
        let of_seed = |shift: f64| {
            (0..images).map(|at| mean + shift + if at % 2 == 0 { 10.0 } else { -10.0 }).collect()
        };
        paired_difference(&[of_seed(0.1), of_seed(0.0), of_seed(-0.1)]).unwrap()
    }

    #[test]
    fn findings_follow_the_corrected_p() {
        let claim = Claim {
            better: NamedMap { method: "a".into(), layer: None, network: None },
            than: NamedMap { method: "b".into(), layer: None, network: None },
            metric: "kl".into(),
            contrast: UNCHANGED.into(),
        };
        let measure = Measure {
            name: "kl".into(),
            unit: "nats",
            direction: Direction::LowerIsBetter,
            truth: metric::TruthKind::Masks,
            threshold: None,
        };
        let tested = |mean: f64, images: usize| {
            let found = Some((measure.clone(), Some(differences(mean, images))));
            row("base", &claim, "a".into(), "b".into(), found)
        };
        let mut rows = vec![
            tested(5.0, 100),
            tested(-5.0, 100),
            tested(0.5, 100),
            tested(5.0, 12),
            row("base", &claim, "a".into(), "b".into(), None),
        ];
        correct(&mut rows);
        let found: Vec<Finding> = rows.iter().map(|(row, _)| row.finding).collect();
        let wanted =
            [Finding::Supported, Finding::Contradicted, Finding::Open, Finding::TooFew, Finding::Missing];
        assert_eq!(found, wanted);
        // Three claims are testable.
        assert_eq!(rows[2].0.p_holm, rows[2].0.p);
        assert!(rows[0].0.p_holm > rows[0].0.p && rows[3].0.p_holm.is_none());
        assert_eq!((rows[0].0.unit.as_str(), rows[0].0.scope), ("nats", TestedScope::Training));
    }
}
