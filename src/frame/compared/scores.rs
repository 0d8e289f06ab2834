use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use super::images::MapPlace;
use super::truth::ImageTruth;

/// Scores of the images of a report: a number per image, map, metric and seed. The mean over images is the metric.
#[derive(Debug, Clone, Default)]
pub struct ReportScores {
    images: Vec<(Arc<str>, ImageTruth)>,
    places: HashMap<Arc<str>, u32>,
    scores: HashMap<ScoredMap, BTreeMap<i64, Vec<f64>>>,
}

/// A map and a metric; with it stand the scores of every image, seed by seed, NaN without one.
type ScoredMap = (MapPlace, Arc<str>);

impl ReportScores {
    /// Adds an image, or finds it by its name; returns its number.
    pub fn image(&mut self, name: &Arc<str>, truth: &ImageTruth) -> u32 {
        if let Some(place) = self.places.get(name) {
            return *place;
        }
        let place = self.images.len() as u32;
        self.places.insert(Arc::clone(name), place);
        self.images.push((Arc::clone(name), truth.clone()));
        place
    }

    /// Adds the scores of one seed: number of the image and score.
    pub fn add(
        &mut self,
        place: &MapPlace,
        metric: &str,
        seed: i64,
        scores: impl Iterator<Item = (u32, f64)>,
    ) {
        let all = self.scores.entry((place.clone(), metric.into())).or_default().entry(seed).or_default();
        for (image, score) in scores.filter(|(_, score)| score.is_finite()) {
            let image = image as usize;
            if all.len() <= image {
                all.resize(image + 1, f64::NAN);
            }
            all[image] = score;
        }
    }

    /// Number of images.
    pub fn len(&self) -> usize {
        self.images.len()
    }

    /// `true` without images.
    pub fn is_empty(&self) -> bool {
        self.images.is_empty()
    }

    /// Name and ground truth of an image.
    pub(super) fn truth(&self, image: u32) -> Option<(&Arc<str>, &ImageTruth)> {
        self.images.get(image as usize).map(|(name, truth)| (name, truth))
    }

    /// The images that two reports have in common: their numbers in both, in the order of their names.
    pub(super) fn shared(&self, other: &Self) -> Vec<(u32, u32)> {
        let mut shared: Vec<(&Arc<str>, u32, u32)> = self
            .places
            .iter()
            .filter_map(|(name, place)| Some((name, *place, *other.places.get(name)?)))
            .collect();
        shared.sort_by(|a, b| a.0.cmp(b.0));
        shared.into_iter().map(|(_, own, other)| (own, other)).collect()
    }

    /// The scores of a map; `None` for a metric that is no mean over images.
    pub(super) fn of(&self, place: &MapPlace, metric: &Arc<str>) -> Option<MapScoresOfReport<'_>> {
        self.scores.get(&(place.clone(), Arc::clone(metric))).map(MapScoresOfReport)
    }
}

/// The scores of one map by one metric.
pub(super) struct MapScoresOfReport<'a>(&'a BTreeMap<i64, Vec<f64>>);

impl MapScoresOfReport<'_> {
    /// The seeds.
    pub fn seeds(&self) -> Vec<i64> {
        self.0.keys().copied().collect()
    }

    /// The score of an image under a seed.
    pub fn score(&self, seed: i64, image: u32) -> Option<f64> {
        self.0.get(&seed)?.get(image as usize).copied().filter(|score| score.is_finite())
    }

    /// The mean over the seeds that have a score.
    pub fn mean(&self, image: u32) -> Option<f64> {
        let scores: Vec<f64> = self.0.keys().filter_map(|seed| self.score(*seed, image)).collect();
        crate::aggregate::mean(&scores)
    }
}
