use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use rayon::prelude::*;

use super::images::MapPlace;
use super::names::NameMatches;
use super::scores::{MapScoresOfReport, ReportScores};
use crate::aggregate::Aggregate;
use crate::{BASELINE, Direction, FEW_IMAGES};
use camlab_statistics::{ClaimScope, CorrectedDifference, PairedDifference, corrected, paired_difference};

/// Significance level of the corrected p values.
pub const LEVEL: f64 = 0.05;

/// One measure of one map in several reports.
#[derive(Debug, Clone, PartialEq)]
pub struct ComparedMeasure {
    /// The map, under the names of the first report that has it.
    pub place: MapPlace,
    /// The measure.
    pub metric: Arc<str>,
    /// Unit of its values.
    pub unit: Arc<str>,
    /// Direction in which it improves.
    pub direction: Direction,
    /// Its value in every report; `None` where a report lacks it.
    pub values: Vec<Option<Aggregate>>,
    /// Every report minus the first; `None` for the first, and where one of the two has no value.
    pub differences: Vec<Option<ComparedDifference>>,
}

/// A report minus the first.
#[derive(Debug, Clone, PartialEq)]
pub struct ComparedDifference {
    /// The difference: mean over the images that both have, or of the values where nothing is paired.
    pub mean: f64,
    /// The paired difference with its 95 % interval, or the reason why there is none. Its p value is corrected by Holm for
    /// all paired differences with enough images, if it is one of them.
    pub paired: Result<CorrectedDifference, NotPaired>,
    /// `true` if it is one of the corrected ones.
    pub in_family: bool,
    /// Conclusion.
    pub finding: ComparedFinding,
}

/// The reason why a difference is not paired.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NotPaired {
    /// The measure is no mean over images, or its numbers per image cannot be computed from the frames.
    NotPerImage,
    /// The reports have no image in common.
    OtherImages,
    /// Images of one name have different ground truth.
    OtherTruth {
        /// Number of these images.
        images: usize,
        /// Number of images in both reports.
        shared: usize,
        /// Name of the first.
        first: Arc<str>,
    },
}

/// Conclusion about a difference.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ComparedFinding {
    /// Significantly better than the first report, over training runs and images.
    Better,
    /// Significantly worse.
    Worse,
    /// Significantly better for these trained networks; there are too few seeds for a statement about training.
    BetterNetworks,
    /// Significantly worse for these trained networks.
    WorseNetworks,
    /// No significant difference.
    Open,
    /// Equal on every image.
    Equal,
    /// Fewer images than an interval needs.
    TooFew,
    /// Not tested, since it is not paired.
    Untested,
}

/// Brings the measures of several reports together, map by map and metric by metric in order of appearance, baselines
/// last; `scores` are the numbers per image of every report, none for measures without them. Returns the measures that
/// at least two reports have, and for every report the maps that no other has, under its own names.
pub fn align(
    reports: &[&[Aggregate]],
    matches: &NameMatches,
    scores: &[ReportScores],
) -> (Vec<ComparedMeasure>, Vec<BTreeSet<MapPlace>>) {
    let mut measures: Vec<(ComparedMeasure, Vec<MapPlace>)> = Vec::new();
    let mut places: HashMap<(MapPlace, Arc<str>, Arc<str>), usize> = HashMap::new();
    let mut holders: HashMap<MapPlace, BTreeSet<usize>> = HashMap::new();
    let mut own: Vec<Vec<(MapPlace, Option<MapPlace>)>> = vec![Vec::new(); reports.len()];
    for (report, aggregates) in reports.iter().enumerate() {
        for aggregate in *aggregates {
            let named = place_of(aggregate);
            let place = matches.in_first(report, &named);
            own[report].push((named.clone(), place.clone()));
            let Some(place) = place else { continue };
            holders.entry(place.clone()).or_default().insert(report);
            let key = (place.clone(), Arc::clone(&aggregate.metric), Arc::clone(&aggregate.unit));
            let at = *places.entry(key).or_insert_with(|| {
                let measure = ComparedMeasure {
                    place: place.clone(),
                    metric: Arc::clone(&aggregate.metric),
                    unit: Arc::clone(&aggregate.unit),
                    direction: aggregate.direction,
                    values: vec![None; reports.len()],
                    differences: vec![None; reports.len()],
                };
                measures.push((measure, vec![place.clone(); reports.len()]));
                measures.len() - 1
            });
            measures[at].0.values[report] = Some(aggregate.clone());
            measures[at].1[report] = named;
        }
    }
    let is_alone = |place: &Option<MapPlace>| {
        place.as_ref().is_none_or(|place| holders.get(place).is_none_or(|all| all.len() == 1))
    };
    let alone = |places: Vec<(MapPlace, Option<MapPlace>)>| {
        places.into_iter().filter(|(_, place)| is_alone(place)).map(|(named, _)| named).collect()
    };
    let alone = own.into_iter().map(alone).collect();
    measures.retain(|(measure, _)| measure.values.iter().flatten().count() > 1);
    measures.sort_by_key(|(measure, _)| &*measure.place[0] == BASELINE);
    let pairs: Vec<Pairs> = (0..reports.len()).map(|report| Pairs::new(scores, report)).collect();
    let mut measures: Vec<ComparedMeasure> = measures
        .into_par_iter()
        .map(|(mut measure, named)| {
            for (report, pairs) in pairs.iter().enumerate().skip(1) {
                measure.differences[report] = difference(&measure, &named, report, scores, pairs);
            }
            measure
        })
        .collect();
    correct(&mut measures);
    (measures, alone)
}

fn place_of(aggregate: &Aggregate) -> MapPlace {
    [&aggregate.network, &aggregate.method, &aggregate.layer, &aggregate.contrast].map(Arc::clone)
}

/// The images of the first report and of another, in pairs, or the reason why there are none.
struct Pairs(Result<Vec<(u32, u32)>, NotPaired>);

impl Pairs {
    fn new(scores: &[ReportScores], report: usize) -> Self {
        let (Some(first), Some(other)) = (scores.first(), scores.get(report)) else {
            return Self(Err(NotPaired::NotPerImage));
        };
        let shared = first.shared(other);
        let differ = shared.iter().filter_map(|(own, theirs)| {
            let ((name, truth), (_, than)) = (first.truth(*own)?, other.truth(*theirs)?);
            (truth != than).then_some(name)
        });
        let differ: Vec<&Arc<str>> = differ.collect();
        Self(match (shared.is_empty(), differ.first()) {
            (true, _) => Err(NotPaired::OtherImages),
            (false, Some(name)) => Err(NotPaired::OtherTruth {
                images: differ.len(),
                shared: shared.len(),
                first: Arc::clone(name),
            }),
            (false, None) => Ok(shared),
        })
    }
}

fn difference(
    measure: &ComparedMeasure,
    named: &[MapPlace],
    report: usize,
    scores: &[ReportScores],
    pairs: &Pairs,
) -> Option<ComparedDifference> {
    let value = |report: usize| measure.values[report].as_ref()?.value;
    let of_values = value(report)? - value(0)?;
    let paired = paired(measure, named, report, scores, pairs);
    let finding = match &paired {
        Err(_) => ComparedFinding::Untested,
        Ok(found) if (found.better, found.worse) == (0.0, 0.0) => ComparedFinding::Equal,
        Ok(found) if found.images < FEW_IMAGES => ComparedFinding::TooFew,
        Ok(_) => ComparedFinding::Open,
    };
    let mean = paired.as_ref().map_or(of_values, |found| found.mean);
    let alone = |found: PairedDifference| corrected(&[found], LEVEL).pop().ok_or(NotPaired::OtherImages);
    Some(ComparedDifference { mean, paired: paired.and_then(alone), in_family: false, finding })
}

fn paired(
    measure: &ComparedMeasure,
    named: &[MapPlace],
    report: usize,
    scores: &[ReportScores],
    pairs: &Pairs,
) -> Result<PairedDifference, NotPaired> {
    let of = |report: usize| {
        let found = scores.get(report).and_then(|all| all.of(&named[report], &measure.metric));
        found.ok_or(NotPaired::NotPerImage)
    };
    let (first, other) = (of(0)?, of(report)?);
    let pairs = pairs.0.as_ref().map_err(Clone::clone)?;
    // Networks trained from the same seeds are pairs; with other seeds, or one, the seeds of a report are averaged.
    let seeds: Vec<Option<i64>> = match first.seeds() == other.seeds() {
        true => first.seeds().into_iter().map(Some).collect(),
        false => vec![None],
    };
    let value = |of: &MapScoresOfReport<'_>, seed: Option<i64>, image: u32| match seed {
        Some(seed) => of.score(seed, image),
        None => of.mean(image),
    };
    let known = |(own, theirs): &&(u32, u32)| {
        seeds
            .iter()
            .all(|seed| value(&first, *seed, *own).is_some() && value(&other, *seed, *theirs).is_some())
    };
    let pairs: Vec<&(u32, u32)> = pairs.iter().filter(known).collect();
    let of_seed = |seed: &Option<i64>| -> Vec<f64> {
        let difference =
            |(own, theirs): &&(u32, u32)| Some(value(&other, *seed, *theirs)? - value(&first, *seed, *own)?);
        pairs.iter().filter_map(difference).collect()
    };
    let differences: Vec<Vec<f64>> = seeds.iter().map(of_seed).collect();
    paired_difference(&differences).map_err(|_| NotPaired::OtherImages)
}

/// Corrects the p values for the number of differences that are shown, and sets the findings.
fn correct(measures: &mut [ComparedMeasure]) {
    let mut family: Vec<(&mut ComparedDifference, Direction)> = Vec::new();
    for measure in measures {
        let direction = measure.direction;
        for difference in measure.differences.iter_mut().flatten() {
            if difference.paired.as_ref().is_ok_and(|found| found.difference.images >= FEW_IMAGES) {
                family.push((difference, direction));
            }
        }
    }
    let raw =
        |(found, _): &(&mut ComparedDifference, Direction)| Some(found.paired.as_ref().ok()?.difference);
    let raw: Vec<PairedDifference> = family.iter().filter_map(raw).collect();
    for ((found, direction), tested) in family.into_iter().zip(corrected(&raw, LEVEL)) {
        (found.paired, found.in_family) = (Ok(tested), true);
        if tested.corrected_p < LEVEL && found.finding == ComparedFinding::Open {
            let better = (found.mean > 0.0) == (direction == Direction::Higher);
            found.finding = match (better, tested.scope) {
                (true, ClaimScope::Training) => ComparedFinding::Better,
                (false, ClaimScope::Training) => ComparedFinding::Worse,
                (true, ClaimScope::Networks) => ComparedFinding::BetterNetworks,
                (false, ClaimScope::Networks) => ComparedFinding::WorseNetworks,
            };
        }
    }
}
