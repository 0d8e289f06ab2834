use std::collections::HashMap;
use std::path::Path;

use super::row::frame;
use super::{CellSet, FrameError, FrameReader, Row as _};

frame! {
    /// `class-maps.parquet`: the final maps of a chain's classes, one row per image, network, chain and class that
    /// sub-maps were assigned to, by rank; and one for the target class where it has none.
    ClassMapRow in "class-maps.parquet" joined [cell, seed, network, chain, is_true] {
        /// Cell of the experiment.
        cell: String,
        /// Seed of the cell.
        seed: i64,
        /// Network.
        network: String,
        /// The chain's name in tables.
        chain: String,
        /// Identifier of the image in its dataset.
        image: String,
        /// Index of the image in its dataset.
        index: u32,
        /// The class.
        class: String,
        /// Confidence in the class: the largest probability that the network gives it for the image masked by one of the
        /// sub-maps assigned to it, or by any sub-map if none is; null if no sub-map has a probability.
        class_confidence: Option<f32> => "0 to 1",
        /// Rank by descending confidence among the classes that sub-maps were assigned to, from 1; null if none was
        /// assigned to the target class, so that `merge.otherwise` applied.
        rank: Option<u32>,
        /// Number of sub-maps joined into the map.
        sub_maps: u32,
        /// `true` for the target class.
        is_target: bool,
        /// `true` if the class is a true class of the image; null without labels.
        is_true: Option<bool>,
        /// Rows of the grid.
        map_height: u32 => "pixels",
        /// Columns of the grid.
        map_width: u32 => "pixels",
        /// The map, row-major, not negative; empty except for images of the gallery.
        map: Vec<f32>,
    }
}

/// Final maps of classes, as a report shows them.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ClassMaps {
    /// The rows with a map.
    pub drawn: Vec<ClassMapRow>,
    /// Counts over the images, of every network and chain in order of appearance.
    pub rankings: Vec<ClassRanking>,
}

/// Counts of the classes of one network and chain, over images and cells.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ClassRanking {
    /// Network.
    pub network: String,
    /// The chain.
    pub chain: String,
    /// Images; an image counts once per cell.
    pub images: u32,
    /// Classes that sub-maps were assigned to, added up over the images.
    pub classes: u64,
    /// Images whose highest-ranked class is the target.
    pub target_first: u32,
    /// Images whose highest-ranked class is a true class.
    pub true_first: u32,
    /// Images with labels.
    pub labelled: u32,
    /// Images without a sub-map of the target class.
    pub fell_back: u32,
}

impl ClassRanking {
    fn add(&mut self, row: &ClassMapRow) {
        let first = row.rank == Some(1);
        self.classes += u64::from(row.rank.is_some());
        self.target_first += u32::from(first && row.is_target);
        self.true_first += u32::from(first && row.is_true == Some(true));
        // Every image has one row of its target class.
        self.images += u32::from(row.is_target);
        self.labelled += u32::from(row.is_target && row.is_true.is_some());
        self.fell_back += u32::from(row.is_target && row.rank.is_none());
    }
}

/// Reads the final maps of some cells, row group after row group; none in a report without this frame.
///
/// # Errors
/// `class-maps.parquet` is damaged.
pub fn read_class_maps(dir: &Path, cells: &CellSet) -> Result<ClassMaps, FrameError> {
    let mut found = ClassMaps::default();
    if !dir.join(ClassMapRow::FILE).is_file() {
        return Ok(found);
    }
    let mut places: HashMap<(String, String), usize> = HashMap::new();
    for frame in FrameReader::report::<ClassMapRow>(dir)?.only(cells) {
        for row in frame?.rows::<ClassMapRow>()? {
            let name = (row.network.clone(), row.chain.clone());
            let place = *places.entry(name).or_insert_with_key(|(network, chain)| {
                let (network, chain) = (network.clone(), chain.clone());
                found.rankings.push(ClassRanking { network, chain, ..ClassRanking::default() });
                found.rankings.len() - 1
            });
            found.rankings[place].add(&row);
            if !row.map.is_empty() {
                found.drawn.push(row);
            }
        }
    }
    Ok(found)
}
