use std::fs::File;
use std::io::{BufReader, BufWriter, Read, Write};
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::StageError;
use camlab_explain::ClassPrediction;
use camlab_raster::{Flag, Map};
use camlab_store::StoreError;

/// One image in a map artefact: everything its row will say that the map itself does not.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MapRow {
    /// Index in the data set.
    pub index: usize,
    /// The class the map was made for.
    pub target: usize,
    /// What the network saw.
    pub prediction: ClassPrediction,
    /// What is odd about the map.
    #[serde(default)]
    pub flag: Flag,
    /// Softmax probability of the target for the corrected image, where images are corrected first.
    #[serde(default)]
    pub refined_probability: Option<f32>,
    /// Its share of the batch's forward and backward pass, and the method's own time.
    pub seconds: f64,
    /// Forward passes that it took.
    #[serde(default)]
    pub forwards: u64,
}

const MAPS: &str = "maps.f32";
const ROWS: &str = "rows.jsonl";

/// Writes maps one by one: raw little-endian `f32`, all of one size, and a line of JSON each.
#[derive(Debug)]
pub struct MapWriter {
    maps: BufWriter<File>,
    rows: BufWriter<File>,
    grid: Option<(usize, usize)>,
}

impl MapWriter {
    pub fn create(folder: &Path) -> Result<Self, StageError> {
        let open = |name: &str| {
            let path = folder.join(name);
            File::create(&path).map(BufWriter::new).map_err(StageError::io("create", &path))
        };
        Ok(Self { maps: open(MAPS)?, rows: open(ROWS)?, grid: None })
    }

    pub fn push(&mut self, map: &Map, row: &MapRow) -> Result<(), StageError> {
        let grid = *self.grid.get_or_insert((map.height, map.width));
        if grid != (map.height, map.width) {
            return Err(StageError::Input(format!(
                "image {} has a map of {}x{}, the others of {}x{}",
                row.index, map.height, map.width, grid.0, grid.1
            )));
        }
        let bytes: Vec<u8> = map.data.iter().flat_map(|value| value.to_le_bytes()).collect();
        let line = serde_json::json!({ "grid": grid, "row": row }).to_string();
        let written = self.maps.write_all(&bytes).and_then(|()| writeln!(self.rows, "{line}"));
        written.map_err(StageError::io("write", Path::new(MAPS)))
    }

    pub fn finish(mut self) -> Result<(), StageError> {
        self.maps.flush().and_then(|()| self.rows.flush()).map_err(StageError::io("write", Path::new(MAPS)))
    }
}

/// Reads a map artefact, front to back or any image.
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
            return Err(damaged(&path, "its size is not that of its rows"));
        }
        Ok(Self { maps: BufReader::new(file), rows, grid })
    }

    /// Pixels of a map.
    pub fn pixels(&self) -> usize {
        self.grid.0 * self.grid.1
    }

    /// The next map, in the order of [`Self::rows`].
    pub fn read(&mut self) -> Result<Map, StageError> {
        let mut bytes = vec![0; self.grid.0 * self.grid.1 * 4];
        self.maps.read_exact(&mut bytes).map_err(StageError::io("read", Path::new(MAPS)))?;
        let data = bytes.chunks_exact(4).map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]])).collect();
        Ok(Map::new(self.grid.0, self.grid.1, data))
    }

    /// The map of one image.
    pub fn read_at(&mut self, position: usize) -> Result<Map, StageError> {
        use std::io::{Seek as _, SeekFrom};
        let offset = (position * self.grid.0 * self.grid.1 * 4) as u64;
        self.maps.seek(SeekFrom::Start(offset)).map_err(StageError::io("read", Path::new(MAPS)))?;
        self.read()
    }
}

pub fn damaged(path: &Path, why: &str) -> StageError {
    StoreError::Damaged { path: path.to_path_buf(), why: why.to_owned() }.into()
}
