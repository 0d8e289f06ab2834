//! Tests of an experiment's claims on the rows of its cells.

use std::collections::HashMap;

use camlab_config::{Claim, NamedMap, names};
use camlab_frame::crossed::{self, Crossed, holm};
use camlab_frame::{ClaimRow, Finding, UNCHANGED};
use camlab_parts::metric::{self, Direction, Measure};
use camlab_plan::Cell;
use camlab_plan::claims::{DeclaredMap, pairs};

use super::evaluations::EvaluatedMap;

/// Significance level of corrected p values.
const LEVEL: f64 = 0.05;

/// The part of one evaluation that claims need.
struct Judged<'a> {
    cell: &'a Cell,
    map: DeclaredMap,
    contrast: String,
    /// The numbers per image of the metrics that claims on this map name, by index of the image: the name in the file,
    /// and the measure that stands for it.
    values: Vec<(String, Measure, Vec<(u32, f64)>)>,
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
        Some((metric.clone(), measure, known.filter(|(_, value)| value.is_finite()).collect()))
    });
    Judged { cell: evaluated.cell, values: values.collect(), map, contrast }
}

/// Tests every claim under every configuration when the last evaluation of its cells, which follow each other, is added.
#[derive(Default)]
pub(super) struct ClaimTests<'a> {
    configuration: String,
    judged: Vec<Judged<'a>>,
    rows: Vec<ClaimRow>,
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
        self.rows
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
) -> Option<(Measure, Option<Crossed>)> {
    let mut measure = None;
    let mut seeds: Vec<HashMap<u32, f64>> = Vec::new();
    let mut known: Vec<&str> = Vec::new();
    for Judged { cell, .. } in judged {
        if known.contains(&cell.id.as_str()) {
            continue;
        }
        known.push(&cell.id);
        let mut side = |wanted: &DeclaredMap| -> Option<HashMap<u32, f64>> {
            let own = judged.iter().find(|judged| {
                judged.cell.id == cell.id && judged.map == *wanted && judged.contrast == claim.contrast
            })?;
            let (_, found, values) = own.values.iter().find(|(asked, ..)| *asked == claim.metric)?;
            measure = Some(found.clone());
            Some(values.iter().copied().collect())
        };
        if let Some((first, second)) = side(better).zip(side(than)) {
            let pairs = first.iter().filter_map(|(image, value)| Some((*image, value - second.get(image)?)));
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
    Some((measure, crossed::bootstrap(&differences)))
}

fn row(
    configuration: &str,
    claim: &Claim,
    better: String,
    than: String,
    tested: Option<(Measure, Option<Crossed>)>,
) -> ClaimRow {
    let unit = tested.as_ref().map_or("", |(measure, _)| measure.unit);
    let found = tested.as_ref().and_then(|(_, found)| *found);
    ClaimRow {
        configuration: configuration.to_owned(),
        better,
        than,
        metric: tested.as_ref().map_or(&claim.metric, |(measure, _)| &measure.name).clone(),
        unit: if unit == "%" { "points".to_owned() } else { unit.to_owned() },
        contrast: claim.contrast.clone(),
        difference: found.map(|found| found.mean),
        low: found.map(|found| found.low),
        high: found.map(|found| found.high),
        p: found.map(|found| found.p),
        p_holm: None,
        images: found.map_or(0, |found| found.images as u32),
        seeds: found.map_or(0, |found| found.seeds as u32),
        finding: match found {
            None => Finding::Missing,
            Some(found) if !found.is_enough() => Finding::TooFew,
            Some(_) => Finding::Open,
        },
    }
}

/// Corrects the p values for the number of testable claims (Holm 1979) and sets the findings.
fn correct(rows: &mut [ClaimRow]) {
    let family: Vec<usize> =
        (0..rows.len()).filter(|at| rows[*at].finding == Finding::Open && rows[*at].p.is_some()).collect();
    let raw: Vec<f64> = family.iter().filter_map(|at| rows[*at].p).collect();
    for (at, corrected) in family.into_iter().zip(holm(&raw)) {
        let row = &mut rows[at];
        row.p_holm = Some(corrected);
        row.finding = match (corrected < LEVEL, row.difference.unwrap_or(0.0) > 0.0) {
            (true, true) => Finding::Supported,
            (true, false) => Finding::Contradicted,
            (false, _) => Finding::Open,
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
        let tested = |mean: f64, p: f64, images: usize| {
            let found = Crossed { mean, low: mean - 1.0, high: mean + 1.0, p, images, seeds: 2 };
            row("base", &claim, "a".into(), "b".into(), Some((measure.clone(), Some(found))))
        };
        let mut rows = vec![
            tested(2.0, 0.01, 100),
            tested(-2.0, 0.02, 100),
            tested(1.0, 0.04, 100),
            tested(1.0, 0.001, 12),
            row("base", &claim, "a".into(), "b".into(), None),
        ];
        correct(&mut rows);
        let found: Vec<_> = rows.iter().map(|row| (row.finding, row.p_holm)).collect();
        // Three claims are testable: 3 x 0.01, 2 x 0.02, 1 x 0.04.
        assert_eq!(
            found,
            [
                (Finding::Supported, Some(0.03)),
                (Finding::Contradicted, Some(0.04)),
                (Finding::Supported, Some(0.04)),
                (Finding::TooFew, None),
                (Finding::Missing, None),
            ]
        );
        assert_eq!(rows[0].unit, "nats");
    }
}
