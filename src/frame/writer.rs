use std::fs::File;
use std::io::BufWriter;
use std::path::{Path, PathBuf};

use camlab_base::file::Replacement;
use polars::prelude::*;

use super::frame::{Frame, combine};
use super::{FrameError, Row, seal};

/// Version of the frames: increased when a column changes its meaning or type or goes away.
pub(super) const SCHEMA: u32 = 1;
/// Key of the version in the files' metadata; reports of before have none.
const SCHEMA_KEY: &str = "camlab.schema";
/// Size in memory from which waiting rows become a row group, bytes. A column of it stays below the size from which the
/// allocator uses large pages.
const GROUP_BYTES: usize = 1 << 20;
/// Rows that are turned into columns together.
const ROWS_AT_ONCE: usize = 1024;
/// Rows of a row group at most.
const GROUP_ROWS: usize = 1 << 16;

/// The version in a file's metadata, if it is later than any that is known.
pub(super) fn newer(metadata: &FileMetadata) -> Option<String> {
    let pairs = metadata.key_value_metadata().iter().flatten();
    let version = pairs.filter(|pair| &*pair.key == SCHEMA_KEY).find_map(|pair| pair.value.as_ref())?;
    let known = version.parse::<u32>().is_ok_and(|version| version <= SCHEMA);
    (!known).then(|| version.to_string())
}

/// `true` if a file's metadata hold a version.
pub(super) fn has_version(metadata: &FileMetadata) -> bool {
    metadata.key_value_metadata().iter().flatten().any(|pair| &*pair.key == SCHEMA_KEY)
}

/// Writes a frame batch by batch in row groups of about a megabyte. The file takes its place when it is finished.
pub struct FrameWriter {
    path: PathBuf,
    file: &'static str,
    output: Replacement,
    /// Buffered: headers are encoded byte by byte.
    writer: BatchedWriter<BufWriter<File>>,
    columns: Vec<PlSmallStr>,
    waiting: DataFrame,
    /// Size of the waiting rows in memory.
    bytes: usize,
    sealed: bool,
}

impl std::fmt::Debug for FrameWriter {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("FrameWriter").field("path", &self.path).finish_non_exhaustive()
    }
}

impl FrameWriter {
    /// A frame of rows `R` in a report directory, with a checksum inside.
    ///
    /// # Errors
    /// If the directory cannot be written.
    pub fn new<R: Row>(dir: &Path) -> Result<Self, FrameError> {
        Self::create::<R>(dir, R::columns(&[]), true)
    }

    /// As [`FrameWriter::new`], with the columns of `more` that `R` lacks after its own.
    ///
    /// # Errors
    /// As [`FrameWriter::new`].
    pub fn with<R: Row>(dir: &Path, more: &Frame) -> Result<Self, FrameError> {
        let mut columns = R::columns(&[]);
        let own = |column: &&Column| R::COLUMNS.iter().any(|known| known.name == column.name().as_str());
        let others = more.data.columns().iter().filter(|column| !own(column));
        columns.extend(others.map(|column| column.slice(0, 0)));
        Self::create::<R>(dir, columns, true)
    }

    /// A frame of rows `R` in an artefact: without the columns that a report joins.
    ///
    /// # Errors
    /// As [`FrameWriter::new`].
    pub fn artefact<R: Row>(dir: &Path) -> Result<Self, FrameError> {
        let mut columns = R::columns(&[]);
        columns.retain(|column| !R::JOINED.contains(&column.name().as_str()));
        Self::create::<R>(dir, columns, false)
    }

    fn create<R: Row>(dir: &Path, columns: Vec<Column>, sealed: bool) -> Result<Self, FrameError> {
        let path = dir.join(R::FILE);
        let unwritable = |source| FrameError::Write { path: path.clone(), source };
        let mut output = Replacement::new(&path).map_err(unwritable)?;
        let file = output.file().try_clone().map_err(unwritable)?;
        let waiting = Frame::new(R::FILE, 0, columns)?.data;
        let mut pairs = vec![(SCHEMA_KEY.to_owned(), SCHEMA.to_string())];
        if sealed {
            pairs.push((seal::KEY.to_owned(), seal::blank()));
        }
        let writer = ParquetWriter::new(BufWriter::new(file))
            .with_key_value_metadata(Some(KeyValueMetadata::from_static(pairs)))
            .batched(waiting.schema());
        let writer = writer.map_err(|source| encode(&path, source))?;
        let columns = waiting.get_column_names_owned();
        Ok(Self { path, file: R::FILE, output, writer, columns, waiting, bytes: 0, sealed })
    }

    /// Adds rows.
    ///
    /// # Errors
    /// If they lack a column of the file, or the file cannot be written.
    pub fn rows<R: Row>(&mut self, rows: &[R]) -> Result<(), FrameError> {
        // Rows in memory are not doubled by their columns, and a row group stays small.
        for part in rows.chunks(ROWS_AT_ONCE) {
            self.push(&Frame::of(part)?)?;
        }
        Ok(())
    }

    /// Adds the rows of a frame; columns that the file does not have are left out.
    ///
    /// # Errors
    /// As [`FrameWriter::rows`].
    pub fn push(&mut self, frame: &Frame) -> Result<(), FrameError> {
        let mut add = || -> PolarsResult<()> {
            let columns = frame.data.select(self.columns.iter().cloned())?;
            self.bytes += columns.estimated_size();
            self.waiting.vstack_mut(&columns)?;
            Ok(())
        };
        add().map_err(|source| combine(self.file, source))?;
        match self.bytes >= GROUP_BYTES || self.waiting.height() >= GROUP_ROWS {
            true => self.flush(),
            false => Ok(()),
        }
    }

    fn flush(&mut self) -> Result<(), FrameError> {
        let empty = self.waiting.slice(0, 0);
        self.bytes = 0;
        let mut group = std::mem::replace(&mut self.waiting, empty);
        group.rechunk_mut_par();
        self.writer.write_batch(&group).map_err(|source| encode(&self.path, source))
    }

    /// Writes what is left and puts the file in its place.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub fn finish(mut self) -> Result<(), FrameError> {
        if self.waiting.height() > 0 {
            self.flush()?;
        }
        self.writer.finish().map_err(|source| encode(&self.path, source))?;
        let sealed = match self.sealed {
            true => seal::seal(self.output.file()),
            false => Ok(()),
        };
        let path = self.path;
        sealed.and_then(|()| self.output.finish()).map_err(|source| FrameError::Write { path, source })
    }
}

fn encode(path: &Path, source: PolarsError) -> FrameError {
    FrameError::Encode { path: path.to_owned(), source: source.into() }
}
