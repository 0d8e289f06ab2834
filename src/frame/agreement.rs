use std::collections::HashMap;
use std::path::Path;

use super::row::frame;
use super::{CellSet, FrameError, FrameReader, Row as _};

frame! {
    /// `agreement.parquet`: similarity of a map to a reference map, one row per image and pair. Both maps are scaled
    /// to [0, 1] at the input's size.
    AgreementRow in "agreement.parquet" joined [
        cell, seed, network, method, layer, reference, reference_layer, forwards, reference_forwards, seconds,
    ] {
        /// Cell of the experiment.
        cell: String,
        /// Seed of the cell.
        seed: i64,
        /// Network of both maps.
        network: String,
        /// Method of the map.
        method: String,
        /// Layer of the map.
        layer: String,
        /// Method of the reference map.
        reference: String,
        /// Layer of the reference map.
        reference_layer: String,
        /// Identifier of the image in its dataset.
        image: String,
        /// Pearson's correlation; null if a map is constant.
        pearson: Option<f32> => "-1 to 1",
        /// Spearman's rank correlation; null if a map is constant.
        spearman: Option<f32> => "-1 to 1",
        /// Mean absolute difference.
        difference: f32 => "0 to 1",
        /// Kullback-Leibler divergence of the map from the reference, nats.
        kl: f32 => "nats",
        /// Structural similarity; null if the input is too small for its window.
        ssim: Option<f32> => "-1 to 1",
        /// Number of forward passes that the map needed; null for baselines.
        forwards: Option<u32> => "passes",
        /// Number of forward passes that the reference map needed; null for baselines.
        reference_forwards: Option<u32> => "passes",
        /// Time to compute the map, seconds.
        seconds: f64 => "s" [measured],
    }
}

/// A map compared with a reference map, over the images of some cells.
#[derive(Debug, Clone, PartialEq)]
pub struct MapSimilarities {
    /// Network, method and layer of the map.
    pub map: [String; 3],
    /// Method and layer of the reference map.
    pub reference: [String; 2],
    /// Forward passes of the map and of its reference: sum, and number of images that took any.
    pub forwards: [(u64, usize); 2],
    /// Number of images times seeds.
    pub images: usize,
    /// Pearson's correlations, where defined; as are the next three.
    pub pearson: Vec<f32>,
    /// Spearman's rank correlations.
    pub spearman: Vec<f32>,
    /// Mean absolute differences.
    pub difference: Vec<f32>,
    /// Kullback-Leibler divergences from the reference, nats.
    pub kl: Vec<f32>,
}

/// Reads the similarities of some cells, grouped by map and reference map in order of appearance; none without the file.
///
/// # Errors
/// `agreement.parquet` is damaged.
pub fn read_agreements(dir: &Path, cells: &CellSet) -> Result<Vec<MapSimilarities>, FrameError> {
    let mut all: Vec<MapSimilarities> = Vec::new();
    if !dir.join(AgreementRow::FILE).is_file() {
        return Ok(all);
    }
    let mut places: HashMap<([String; 3], [String; 2]), usize> = HashMap::new();
    for frame in FrameReader::report::<AgreementRow>(dir)?.only(cells) {
        for row in frame?.rows::<AgreementRow>()? {
            let key = ([row.network, row.method, row.layer], [row.reference, row.reference_layer]);
            let place = *places.entry(key).or_insert_with_key(|(map, reference)| {
                all.push(MapSimilarities {
                    map: map.clone(),
                    reference: reference.clone(),
                    forwards: [(0, 0); 2],
                    images: 0,
                    pearson: Vec::new(),
                    spearman: Vec::new(),
                    difference: Vec::new(),
                    kl: Vec::new(),
                });
                all.len() - 1
            });
            let found = &mut all[place];
            for (sum, passes) in found.forwards.iter_mut().zip([row.forwards, row.reference_forwards]) {
                *sum = passes.map_or(*sum, |passes| (sum.0 + u64::from(passes), sum.1 + 1));
            }
            found.images += 1;
            found.pearson.extend(row.pearson);
            found.spearman.extend(row.spearman);
            found.difference.push(row.difference);
            found.kl.push(row.kl);
        }
    }
    Ok(all)
}
