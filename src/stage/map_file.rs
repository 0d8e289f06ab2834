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
    /// The network's class prediction.
    pub prediction: ClassPrediction,
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
        match class {
            class if class == self.prediction.class => Some(self.prediction.probability),
            class if class == label => Some(self.prediction.label_probability),
            _ => None,
        }
    }
}

const MAPS: &str = "maps.f32";
const ROWS: &str = "rows.jsonl";

/// Writer of a map artefact: raw little-endian `f32` maps, all of one size, and one line of JSON per map.
#[derive(Debug)]
pub struct MapWriter {
    maps: BufWriter<File>,
    rows: BufWriter<File>,
    grid: Option<(usize, usize)>,
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
        Ok(Self { maps: open(MAPS)?, rows: open(ROWS)?, grid: None })
    }

    /// Appends one image.
    ///
    /// # Errors
    /// A map of another size than the first, a file that cannot be written.
    pub fn push(&mut self, map: &Map, row: &MapRow) -> Result<(), StageError> {
        let grid = *self.grid.get_or_insert((map.height, map.width));
        if grid != (map.height, map.width) {
            return Err(StageError::Input(format!(
                "the map of image {} is {}x{}, but the others are {}x{}",
                row.index, map.height, map.width, grid.0, grid.1
            )));
        }
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
    grid: (usize, usize),
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
        let mut grid = (0, 0);
        let mut rows = Vec::new();
        for line in text.lines() {
            let line: StoredLine =
                serde_json::from_str(line).map_err(|error| damaged(&path, &error.to_string()))?;
            grid = line.grid;
            rows.push(line.row);
        }
        let path = folder.join(MAPS);
        let file = File::open(&path).map_err(StageError::io("read", &path))?;
        let bytes = file.metadata().map_err(StageError::io("read", &path))?.len();
        if bytes != (rows.len() * grid.0 * grid.1 * 4) as u64 {
            return Err(damaged(&path, "its size does not match its rows"));
        }
        Ok(Self { maps: BufReader::new(file), rows, grid })
    }

    /// Rows and columns of one map.
    pub fn grid(&self) -> (usize, usize) {
        self.grid
    }

    /// The next map, in the order of [`Self::rows`].
    ///
    /// # Errors
    /// The end of the file, or a file that cannot be read.
    pub fn read(&mut self) -> Result<Map, StageError> {
        let mut bytes = vec![0; self.grid.0 * self.grid.1 * 4];
        self.maps.read_exact(&mut bytes).map_err(StageError::io("read", Path::new(MAPS)))?;
        let data = bytes.chunks_exact(4).map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]])).collect();
        Ok(Map::new(self.grid.0, self.grid.1, data))
    }

    /// The map at `position` of [`Self::rows`].
    ///
    /// # Errors
    /// As [`Self::read`].
    pub fn read_at(&mut self, position: usize) -> Result<Map, StageError> {
        use std::io::{Seek as _, SeekFrom};
        let offset = (position * self.grid.0 * self.grid.1 * 4) as u64;
        self.maps.seek(SeekFrom::Start(offset)).map_err(StageError::io("read", Path::new(MAPS)))?;
        self.read()
    }
}

/// Error for an artefact with unexpected content.
pub fn damaged(path: &Path, why: &str) -> StageError {
    StoreError::Damaged { path: path.to_path_buf(), why: why.to_owned() }.into()
}
