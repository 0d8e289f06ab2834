//! The paired difference of two maps over images and seeds.

use std::collections::HashMap;

use camlab_parts::metric::{Direction, Measure};
use camlab_plan::claims::DeclaredMap;
use camlab_statistics::{PairedDifference, paired_difference};

use super::judged::{JudgedMap, JudgedMetric, JudgedNetwork};

/// The two sides of a claim.
pub(super) struct ClaimedMaps<'j, 'a> {
    pub(super) better: ClaimedMap<'j, 'a>,
    pub(super) than: ClaimedMap<'j, 'a>,
}

/// One map under one contrast, seed by seed.
pub(super) struct ClaimedMap<'j, 'a> {
    /// Its evaluations, one per seed.
    judged: Vec<&'j JudgedMap<'a>>,
    /// The network of the other side.
    other: String,
}

/// Result of the measurements of two sides.
pub(super) struct PairedTest {
    /// The metric; `None` if no seed has values of it on both sides.
    pub(super) measure: Option<Measure>,
    /// The difference, signed so that positive supports the claim; `None` without an image that all seeds have.
    pub(super) found: Option<PairedDifference>,
    /// The networks of both sides, with their accuracies over the seeds that are compared.
    pub(super) networks: [Option<JudgedNetwork>; 2],
    /// `true` if the maps are of networks with different weights.
    pub(super) different_networks: bool,
}

impl<'j, 'a> ClaimedMap<'j, 'a> {
    /// The evaluations of a map under a contrast.
    pub(super) fn new(
        judged: &[&'j JudgedMap<'a>],
        map: &DeclaredMap,
        contrast: &str,
        other: &DeclaredMap,
    ) -> Self {
        let own = judged.iter().copied();
        let own = own.filter(|judged| judged.map == *map && judged.contrast == contrast);
        Self { judged: own.collect(), other: other.network.clone() }
    }

    /// The values of a metric for a seed.
    fn values(&self, seed: u64, metric: &str) -> Option<(&'j JudgedMap<'a>, &'j JudgedMetric)> {
        let judged = self.judged.iter().find(|judged| judged.cell.seed == seed)?;
        let known = judged.values.iter().find(|known| {
            known.asked == metric && known.reference_of.as_ref().is_none_or(|network| *network == self.other)
        })?;
        Some((judged, known))
    }
}

impl ClaimedMaps<'_, '_> {
    /// The paired difference in a metric over the images and seeds that both sides have.
    pub(super) fn test(&self, metric: &str) -> PairedTest {
        let mut measure: Option<Measure> = None;
        let mut seeds: Vec<HashMap<u32, f64>> = Vec::new();
        let mut compared = [Vec::new(), Vec::new()];
        for seed in self.better.judged.iter().map(|judged| judged.cell.seed) {
            let sides = self.better.values(seed, metric).zip(self.than.values(seed, metric));
            let Some(((better, first), (than, second))) = sides else { continue };
            // Numbers at thresholds that different images chose are not compared.
            let one = measure.get_or_insert_with(|| first.measure.clone());
            if [&first.measure, &second.measure].iter().all(|measure| measure.name == one.name) {
                let others: HashMap<u32, f64> = second.values.iter().copied().collect();
                let pairs = first
                    .values
                    .iter()
                    .filter_map(|(image, value)| Some((*image, value - others.get(image)?)));
                seeds.push(pairs.collect());
                compared[0].extend(better.network.as_ref());
                compared[1].extend(than.network.as_ref());
            }
        }
        let mut pairs = compared[0].iter().zip(&compared[1]);
        let different_networks = pairs.any(|(better, than)| match (&better.weights, &than.weights) {
            (Some(better), Some(than)) => better != than,
            // An ensemble is compared by its name.
            _ => self.differ(),
        });
        let networks = compared.map(|seeds| least(&seeds));
        let found = measure.as_ref().and_then(|measure| difference(measure.direction, &seeds));
        PairedTest { measure, found, networks, different_networks }
    }

    fn differ(&self) -> bool {
        let name = |side: &ClaimedMap<'_, '_>| {
            side.judged.first().map(|judged| (judged.cell.index, judged.map.network.clone()))
        };
        name(&self.better) != name(&self.than)
    }
}

/// The difference over the images that all seeds have; `None` without one.
fn difference(direction: Direction, seeds: &[HashMap<u32, f64>]) -> Option<PairedDifference> {
    let sign = match direction {
        Direction::HigherIsBetter => 1.0,
        Direction::LowerIsBetter => -1.0,
    };
    let mut images: Vec<u32> = seeds.first().map(|seed| seed.keys().copied().collect()).unwrap_or_default();
    images.retain(|image| seeds.iter().all(|seed| seed.contains_key(image)));
    images.sort_unstable();
    let differences: Vec<Vec<f64>> =
        seeds.iter().map(|seed| images.iter().map(|image| sign * seed[image]).collect()).collect();
    // Without images there is nothing to test; every other error is excluded above.
    paired_difference(&differences).ok()
}

/// A network with the smallest of its accuracies over seeds, since one that guesses spoils the comparison; `None` for maps
/// of no network.
fn least(seeds: &[&JudgedNetwork]) -> Option<JudgedNetwork> {
    let first = (*seeds.first()?).clone();
    let top1 = seeds.iter().filter_map(|network| network.top1).reduce(f64::min);
    Some(JudgedNetwork { top1, ..first })
}
