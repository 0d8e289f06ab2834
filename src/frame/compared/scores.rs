use std::collections::HashMap;
use std::sync::Arc;

use super::images::MapPlace;
use super::truth::ImageTruth;

/// Scores of the images of a report: a number per image, map and metric, averaged over seeds. The mean over images is
/// the metric.
#[derive(Debug, Clone, Default)]
pub struct ReportScores {
    images: Vec<(Arc<str>, ImageTruth)>,
    places: HashMap<Arc<str>, u32>,
    scores: HashMap<ScoredMap, Vec<(f64, u32)>>,
}

/// A map and a metric; with it stand sum and number of the scores of every image, over seeds.
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
    pub fn add(&mut self, place: &MapPlace, metric: &str, scores: impl Iterator<Item = (u32, f64)>) {
        let all = self.scores.entry((place.clone(), metric.into())).or_default();
        for (image, score) in scores.filter(|(_, score)| score.is_finite()) {
            let image = image as usize;
            if all.len() <= image {
                all.resize(image + 1, (0.0, 0));
            }
            all[image] = (all[image].0 + score, all[image].1 + 1);
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

    /// The scores of a map: mean over seeds by the image's number; `None` for a metric that is no mean over images.
    pub(super) fn of(&self, place: &MapPlace, metric: &Arc<str>) -> Option<impl Fn(u32) -> Option<f64> + '_> {
        let all = self.scores.get(&(place.clone(), Arc::clone(metric)))?;
        Some(move |image: u32| {
            let (sum, count) = all.get(image as usize)?;
            (*count > 0).then(|| sum / f64::from(*count))
        })
    }
}
