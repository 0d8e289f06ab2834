use std::fs::File;
use std::io::{BufReader, BufWriter, Read, Write};
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::StageError;
use camlab_explain::ClassPrediction;
use camlab_raster::{Flag, Map};
use camlab_store::StoreError;

/// One image of a map artefact: everything in its result row that cannot be computed from the map.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MapRow {
    /// Index in the data set.
    pub index: usize,
    /// The target class of the map.
    pub target: usize,
    /// The network's class prediction; `None` for maps of another program that no network classifies.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prediction: Option<ClassPrediction>,
    /// Degenerate content of the map, such as NaN.
    #[serde(default)]
    pub flag: Flag,
    /// Softmax probability of the target class for the corrected image, if images are corrected first (`refine`).
    #[serde(default)]
    pub refined_probability: Option<f32>,
}

impl MapRow {
    /// Softmax probability of a class for the whole image; `None` unless it is the predicted class or the true one,
    /// `label`.
    pub fn probability_of(&self, class: usize, label: usize) -> Option<f32> {
        let prediction = self.prediction.as_ref()?;
        match class {
            class if class == prediction.class => Some(prediction.probability),
            class if class == label => Some(prediction.label_probability),
            _ => None,
        }
    }
}

const MAPS: &str = "maps.f32";
const ROWS: &str = "rows.jsonl";

/// Writer of a map artefact: raw little-endian `f32` maps and one line of JSON per map.
#[derive(Debug)]
pub struct MapWriter {
    maps: BufWriter<File>,
    rows: BufWriter<File>,
}

impl MapWriter {
    /// Creates the artefact's files in `folder`.
    ///
    /// # Errors
    /// A file that cannot be created.
    pub fn create(folder: &Path) -> Result<Self, StageError> {
        let open = |name: &str| {
            let path = folder.join(name);
            File::create(&path).map(BufWriter::new).map_err(StageError::io("create", &path))
        };
        Ok(Self { maps: open(MAPS)?, rows: open(ROWS)? })
    }

    /// Appends one image; the maps of an artefact may differ in size.
    ///
    /// # Errors
    /// A file that cannot be written.
    pub fn push(&mut self, map: &Map, row: &MapRow) -> Result<(), StageError> {
        let grid = (map.height, map.width);
        let bytes: Vec<u8> = map.data.iter().flat_map(|value| value.to_le_bytes()).collect();
        let line = serde_json::json!({ "grid": grid, "row": row }).to_string();
        let written = self.maps.write_all(&bytes).and_then(|()| writeln!(self.rows, "{line}"));
        written.map_err(StageError::io("write", Path::new(MAPS)))
    }

    /// Flushes the files.
    ///
    /// # Errors
    /// A file that cannot be written.
    pub fn finish(mut self) -> Result<(), StageError> {
        self.maps.flush().and_then(|()| self.rows.flush()).map_err(StageError::io("write", Path::new(MAPS)))
    }
}

/// Reader of a map artefact, sequential or by position.
#[derive(Debug)]
pub struct MapReader {
    maps: BufReader<File>,
    /// One per image, in the artefact's order.
    pub rows: Vec<MapRow>,
    /// Rows and columns of every map.
    grids: Vec<(usize, usize)>,
    /// Place of every map in the file, in values.
    starts: Vec<u64>,
    /// Position of the next map.
    next: usize,
}

#[derive(Deserialize)]
struct StoredLine {
    grid: (usize, usize),
    row: MapRow,
}

impl MapReader {
    /// Opens the artefact in `folder` and reads its rows.
    ///
    /// # Errors
    /// A file that cannot be read, rows that are no JSON or do not match the size of the maps.
    pub fn open(folder: &Path) -> Result<Self, StageError> {
        let path = folder.join(ROWS);
        let text = std::fs::read_to_string(&path).map_err(StageError::io("read", &path))?;
        let (mut grids, mut starts, mut rows, mut end) = (Vec::new(), Vec::new(), Vec::new(), 0u64);
        for line in text.lines() {
            let StoredLine { grid, row } =
                serde_json::from_str(line).map_err(|error| damaged(&path, &error.to_string()))?;
            starts.push(end);
            end += (grid.0 * grid.1) as u64;
            grids.push(grid);
            rows.push(row);
        }
        let path = folder.join(MAPS);
        let file = File::open(&path).map_err(StageError::io("read", &path))?;
        let bytes = file.metadata().map_err(StageError::io("read", &path))?.len();
        if bytes != 4 * end {
            return Err(damaged(&path, "its size does not match its rows"));
        }
        Ok(Self { maps: BufReader::new(file), rows, grids, starts, next: 0 })
    }

    /// Rows and columns of the first map; all maps of a network have them.
    pub fn grid(&self) -> (usize, usize) {
        self.grids.first().copied().unwrap_or_default()
    }

    /// The next map, in the order of [`Self::rows`].
    ///
    /// # Errors
    /// The end of the file, or a file that cannot be read.
    pub fn read(&mut self) -> Result<Map, StageError> {
        let (height, width) = self.grids.get(self.next).copied().unwrap_or_default();
        if self.next >= self.grids.len() {
            return Err(damaged(Path::new(MAPS), "it has fewer maps than were asked for"));
        }
        let mut bytes = vec![0; height * width * 4];
        self.maps.read_exact(&mut bytes).map_err(StageError::io("read", Path::new(MAPS)))?;
        self.next += 1;
        let data = bytes.as_chunks::<4>().0.iter().map(|four| f32::from_le_bytes(*four)).collect();
        Ok(Map::new(height, width, data))
    }

    /// The map at `position` of [`Self::rows`].
    ///
    /// # Errors
    /// As [`Self::read`].
    pub fn read_at(&mut self, position: usize) -> Result<Map, StageError> {
        use std::io::{Seek as _, SeekFrom};
        if position != self.next {
            let start = self.starts.get(position).copied().unwrap_or_default();
            self.maps.seek(SeekFrom::Start(4 * start)).map_err(StageError::io("read", Path::new(MAPS)))?;
            self.next = position;
        }
        self.read()
    }
}

/// Error for an artefact with unexpected content.
pub fn damaged(path: &Path, why: &str) -> StageError {
    StoreError::Damaged { path: path.to_path_buf(), why: why.to_owned() }.into()
}
