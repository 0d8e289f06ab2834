//! Scores of images by every map of a report, seed by seed: the input of its comparisons.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;
use std::sync::Arc;

use super::{CellSet, FrameError, FrameReader, ImageOutcome, UNCHANGED};

/// Number of images below which no conclusion is drawn.
pub const FEW_IMAGES: usize = 30;

/// A map's network, method and layer.
pub type MapName = [Arc<str>; 3];

/// Score of every image of every map: the share of IoU thresholds reached, per cent. Its mean over images is MaxBoxAccV2
/// (Choe et al., 2020) at the map thresholds of the rows.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct MapScores {
    places: HashMap<Arc<str>, u32>,
    maps: Vec<ScoredSeeds>,
}

/// The scores of one map.
#[derive(Debug, Clone, PartialEq)]
struct ScoredSeeds {
    name: MapName,
    /// Scores by the image's number, NaN without one.
    seeds: BTreeMap<i64, Vec<f32>>,
}

impl MapScores {
    /// Adds a row; one without IoU thresholds has no score. With `val` it is scored at the map thresholds that validation
    /// images chose, if there are such.
    pub fn add(&mut self, row: &ImageOutcome, val: bool) {
        let ious = if val { &row.val_ious } else { &row.ious };
        let deltas = row.iou_thresholds.len().min(ious.len());
        if deltas == 0 {
            return;
        }
        let next = self.places.len() as u32;
        let place = *self.places.entry(Arc::clone(&row.image)).or_insert(next) as usize;
        let name = [&row.network, &row.method, &row.layer];
        // Rows of one map follow each other.
        let known = self.maps.iter().rposition(|map| map.name.iter().eq(name));
        let at = known.unwrap_or_else(|| {
            self.maps.push(ScoredSeeds { name: name.map(Arc::clone), seeds: BTreeMap::new() });
            self.maps.len() - 1
        });
        let scores = self.maps[at].seeds.entry(row.seed).or_default();
        if scores.len() <= place {
            scores.resize(place + 1, f32::NAN);
        }
        let reached = ious.iter().zip(&row.iou_thresholds).filter(|(iou, delta)| iou >= delta).count();
        scores[place] = (100.0 * reached as f64 / deltas as f64) as f32;
    }

    /// The names of the maps.
    pub fn names_mut(&mut self) -> impl Iterator<Item = &mut MapName> {
        self.maps.iter_mut().map(|map| &mut map.name)
    }

    /// The seeds under which a map has scores.
    pub fn seeds(&self, name: [&str; 3]) -> Vec<i64> {
        self.of(name).map_or_else(Vec::new, |map| map.seeds.keys().copied().collect())
    }

    /// `true` if a map has scores.
    pub fn has(&self, name: [&str; 3]) -> bool {
        self.of(name).is_some()
    }

    fn of(&self, name: [&str; 3]) -> Option<&ScoredSeeds> {
        self.maps.iter().find(|map| map.name.iter().map(|text| &**text).eq(name))
    }

    /// The scores `[map][seed][image]` of some maps for the seeds and images that all of them have, images in the order of
    /// their names; `None` if one has none.
    pub fn aligned(&self, names: &[[&str; 3]]) -> Option<Vec<Vec<Vec<f64>>>> {
        let maps: Vec<&ScoredSeeds> = names.iter().map(|name| self.of(*name)).collect::<Option<_>>()?;
        let seeds: Vec<i64> = maps.first()?.seeds.keys().copied().collect();
        let common = |seed: &i64| maps.iter().all(|map| map.seeds.contains_key(seed));
        let seeds: Vec<i64> = seeds.into_iter().filter(common).collect();
        let columns = || maps.iter().flat_map(|map| seeds.iter().filter_map(|seed| map.seeds.get(seed)));
        let scored = |place: u32| {
            columns().all(|scores| scores.get(place as usize).is_some_and(|score| score.is_finite()))
        };
        let mut images: Vec<(&Arc<str>, u32)> = self
            .places
            .iter()
            .map(|(image, place)| (image, *place))
            .filter(|(_, place)| scored(*place))
            .collect();
        images.sort_unstable();
        let of_seed =
            |scores: &Vec<f32>| images.iter().map(|(_, at)| f64::from(scores[*at as usize])).collect();
        let of_map =
            |map: &&ScoredSeeds| seeds.iter().filter_map(|seed| map.seeds.get(seed)).map(of_seed).collect();
        (!seeds.is_empty() && !images.is_empty()).then(|| maps.iter().map(of_map).collect())
    }
}

/// The scores of every map of some cells, under no contrast; with `val` at the map thresholds that validation images chose.
///
/// # Errors
/// `images.parquet` is missing or damaged.
pub fn read_scores(dir: &Path, cells: &CellSet, val: bool) -> Result<MapScores, FrameError> {
    let mut all = MapScores::default();
    for frame in FrameReader::report::<ImageOutcome>(dir)?.only(cells) {
        let rows: Vec<ImageOutcome> = frame?.rows()?;
        rows.iter().filter(|row| &*row.contrast == UNCHANGED).for_each(|row| all.add(row, val));
    }
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outcome(method: &str, image: &str, seed: i64, ious: [f32; 2], val_ious: &[f32]) -> ImageOutcome {
        ImageOutcome {
            cell: "c".into(),
            seed,
            network: "n".into(),
            method: method.into(),
            layer: "l".into(),
            contrast: "none".into(),
            image: image.into(),
            iou_thresholds: vec![0.3, 0.5],
            ious: ious.to_vec(),
            val_ious: val_ious.to_vec(),
        }
    }

    #[test]
    fn a_score_is_the_share_of_thresholds_reached() {
        let mut scores = MapScores::default();
        scores.add(&outcome("m", "b", 1, [0.4, 0.4], &[]), false);
        scores.add(&outcome("m", "a", 1, [0.1, f32::NAN], &[]), false);
        scores.add(&outcome("m", "a", 2, [0.5, 0.5], &[]), false);
        scores.add(&outcome("m", "b", 2, [0.3, 0.5], &[]), false);
        assert_eq!(scores.aligned(&[["n", "m", "l"]]), Some(vec![vec![vec![0.0, 50.0], vec![100.0, 100.0]]]));
        assert_eq!(scores.aligned(&[["n", "x", "l"]]), None);
    }

    #[test]
    fn only_what_all_maps_have_is_compared() {
        let mut scores = MapScores::default();
        for (method, image, seed) in
            [("m", "a", 1), ("m", "b", 1), ("m", "a", 2), ("o", "b", 1), ("o", "a", 1), ("o", "b", 3)]
        {
            scores.add(&outcome(method, image, seed, [0.9, 0.1], &[0.9, 0.9]), true);
        }
        let found = scores.aligned(&[["n", "m", "l"], ["n", "o", "l"]]).unwrap();
        assert_eq!(found, vec![vec![vec![100.0, 100.0]]; 2]);
        let mut without = MapScores::default();
        without.add(&outcome("m", "a", 1, [0.9, 0.1], &[]), true);
        assert!(!without.has(["n", "m", "l"]));
    }
}
