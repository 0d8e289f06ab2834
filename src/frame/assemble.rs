use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::{Frame, FrameError, FrameReader, FrameWriter, Names, Row};

/// An artefact whose rows are part of a report.
#[derive(Debug, Clone)]
pub struct Source {
    /// The artefact's folder.
    pub folder: PathBuf,
    /// Its names in the report.
    pub names: Names,
    /// Measured columns by file, one value per row.
    pub measured: BTreeMap<String, BTreeMap<String, Vec<f64>>>,
}

/// A frame of a report that is made of artefacts' rows with the columns that they lack.
#[derive(Debug, Clone, Copy)]
pub struct Assembly {
    /// The frame's file.
    pub file: &'static str,
    /// Writes the frame of some artefacts into a folder; nothing if one of them is `None`: it could not be opened.
    pub write: fn(&mut dyn Iterator<Item = Option<Source>>, &Path) -> Result<(), FrameError>,
}

impl Assembly {
    /// The frame of rows `R`.
    pub const fn of<R: Row>() -> Self {
        Self {
            file: R::FILE,
            write: |sources, out| {
                let mut writer = FrameWriter::new::<R>(out)?;
                for source in sources {
                    let Some(source) = source else { return Ok(()) };
                    source.frames::<R, FrameError>(|frame| writer.push(&frame.named::<R>(&source.names)?))?;
                }
                writer.finish()
            },
        }
    }
}

impl Source {
    /// Hands over the rows of the artefact, row group after row group, with measured columns and without names; none if
    /// it lacks the file.
    ///
    /// # Errors
    /// A file that is damaged or lacks a column, and those of `take`.
    pub fn frames<R: Row, E: From<FrameError>>(
        &self,
        mut take: impl FnMut(Frame) -> Result<(), E>,
    ) -> Result<(), E> {
        if !self.folder.join(R::FILE).is_file() {
            return Ok(());
        }
        let mut start = 0;
        for frame in FrameReader::artefact::<R>(&self.folder)? {
            let mut frame = frame?;
            for (column, values) in self.measured.get(R::FILE).into_iter().flatten() {
                let known = |at| Some(values.get(at).copied().unwrap_or_default());
                let values: Vec<Option<f64>> = (start..start + frame.height()).map(known).collect();
                frame = frame.with_numbers(column, &values)?;
            }
            start += frame.height();
            take(frame)?;
        }
        Ok(())
    }

    /// The rows of the artefact, with names and measured columns; none if it lacks the file.
    ///
    /// # Errors
    /// A file that is damaged or lacks a column.
    pub fn rows<R: Row>(&self) -> Result<Vec<R>, FrameError> {
        let mut rows = Vec::new();
        self.frames::<R, FrameError>(|frame| {
            rows.append(&mut frame.named::<R>(&self.names)?.rows()?);
            Ok(())
        })?;
        Ok(rows)
    }
}
