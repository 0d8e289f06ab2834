use std::fs::File;
use std::io::{BufReader, BufWriter, Read, Write};
use std::path::Path;

use super::StageError;
use super::map_file::damaged;

const LOGITS: &str = "logits.f32";
const ROWS: &str = "rows.json";

/// Writer of a logit artefact: raw little-endian `f32` per image, and the images' indices in the data set.
#[derive(Debug)]
pub struct PredictionWriter {
    logits: BufWriter<File>,
    indices: Vec<usize>,
}

impl PredictionWriter {
    /// Creates the logits' file in `folder`.
    ///
    /// # Errors
    /// A file that cannot be created.
    pub fn create(folder: &Path) -> Result<Self, StageError> {
        let path = folder.join(LOGITS);
        let file = File::create(&path).map_err(StageError::io("create", &path))?;
        Ok(Self { logits: BufWriter::new(file), indices: Vec::new() })
    }

    /// Appends the logits of the image at `index` of the data set.
    ///
    /// # Errors
    /// A file that cannot be written.
    pub fn push(&mut self, index: usize, logits: &[f32]) -> Result<(), StageError> {
        self.indices.push(index);
        let bytes: Vec<u8> = logits.iter().flat_map(|value| value.to_le_bytes()).collect();
        self.logits.write_all(&bytes).map_err(StageError::io("write", Path::new(LOGITS)))
    }

    /// Flushes the logits and writes the indices into `folder`.
    ///
    /// # Errors
    /// A file that cannot be written.
    pub fn finish(mut self, folder: &Path) -> Result<(), StageError> {
        self.logits.flush().map_err(StageError::io("write", Path::new(LOGITS)))?;
        let path = folder.join(ROWS);
        let text = serde_json::json!(self.indices).to_string();
        std::fs::write(&path, text).map_err(StageError::io("write", &path))
    }
}

/// Sequential reader of a logit artefact.
#[derive(Debug)]
pub struct PredictionReader {
    logits: BufReader<File>,
    /// The images' indices in the data set, in the artefact's order.
    pub indices: Vec<usize>,
    /// Number of logits per image.
    pub classes: usize,
}

impl PredictionReader {
    /// Opens the artefact in `folder`.
    ///
    /// # Errors
    /// A file that cannot be read, indices that are no JSON or do not match the size of the logits.
    pub fn open(folder: &Path) -> Result<Self, StageError> {
        let path = folder.join(ROWS);
        let text = std::fs::read_to_string(&path).map_err(StageError::io("read", &path))?;
        let indices: Vec<usize> =
            serde_json::from_str(&text).map_err(|error| damaged(&path, &error.to_string()))?;
        let path = folder.join(LOGITS);
        let file = File::open(&path).map_err(StageError::io("read", &path))?;
        let bytes = file.metadata().map_err(StageError::io("read", &path))?.len() as usize;
        let row = 4 * indices.len();
        if row == 0 || !bytes.is_multiple_of(row) {
            return Err(damaged(&path, "its size does not match its rows"));
        }
        Ok(Self { logits: BufReader::new(file), classes: bytes / row, indices })
    }

    /// The logits of the next image, in the order of [`Self::indices`].
    ///
    /// # Errors
    /// The end of the file, or a file that cannot be read.
    pub fn read(&mut self) -> Result<Vec<f32>, StageError> {
        let mut bytes = vec![0; 4 * self.classes];
        self.logits.read_exact(&mut bytes).map_err(StageError::io("read", Path::new(LOGITS)))?;
        Ok(bytes.as_chunks::<4>().0.iter().map(|four| f32::from_le_bytes(*four)).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scores_come_back_as_they_were_written() {
        let folder = tempfile::tempdir().unwrap();
        let mut writer = PredictionWriter::create(folder.path()).unwrap();
        writer.push(4, &[0.5, -1.25, 3.0]).unwrap();
        writer.push(9, &[f32::MIN_POSITIVE, 0.0, -0.0]).unwrap();
        writer.finish(folder.path()).unwrap();
        let mut reader = PredictionReader::open(folder.path()).unwrap();
        assert_eq!((reader.classes, reader.indices.clone()), (3, vec![4, 9]));
        assert_eq!(reader.read().unwrap(), [0.5, -1.25, 3.0]);
        assert_eq!(reader.read().unwrap(), [f32::MIN_POSITIVE, 0.0, 0.0]);
        assert!(reader.read().is_err());
        std::fs::write(folder.path().join(LOGITS), [0; 13]).unwrap();
        assert!(PredictionReader::open(folder.path()).is_err());
    }
}
