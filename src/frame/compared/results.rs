use std::path::{Path, PathBuf};

use super::configurations::{ReportConfiguration, configurations_of};
use crate::aggregate::{Aggregate, OverSeeds};
use crate::{
    CellRow, CellSet, CostRow, FrameError, FrameReader, ImageRow, Row as _, RunRow, SummaryRow, TitleRow,
    TrainingRow, read, read_if_there, read_of_if_there,
};

/// The frames of a report that a comparison reads.
#[derive(Debug, Clone)]
pub struct ReportResults {
    /// Its folder.
    pub folder: PathBuf,
    /// Provenance and configuration.
    pub run: Vec<RunRow>,
    /// Its configurations.
    pub configurations: Vec<ReportConfiguration>,
    /// Names as printed in papers; empty in reports older than this frame.
    pub titles: Vec<TitleRow>,
    cells: Vec<CellRow>,
}

/// Name of the first frame that a comparison needs and a folder lacks.
pub fn missing_frame(folder: &Path) -> Option<&'static str> {
    let needed = [RunRow::FILE, CellRow::FILE, SummaryRow::FILE, ImageRow::FILE];
    needed.into_iter().find(|file| !folder.join(file).is_file())
}

impl ReportResults {
    /// Reads the frames of a report that tell what it is about.
    ///
    /// # Errors
    /// A frame that is missing or damaged.
    pub fn open(folder: &Path) -> Result<Self, FrameError> {
        let cells: Vec<CellRow> = read(folder)?;
        Ok(Self {
            folder: folder.to_owned(),
            run: read(folder)?,
            configurations: configurations_of(&cells),
            titles: read_if_there(folder)?,
            cells,
        })
    }

    /// The metrics of some cells over seeds, in order of appearance; of all cells without `cells`.
    ///
    /// # Errors
    /// `summary.parquet` is missing or damaged.
    pub fn metrics(&self, cells: Option<&CellSet>) -> Result<Vec<Aggregate>, FrameError> {
        let mut groups = OverSeeds::new(&self.cells)?;
        let mut reader = FrameReader::report::<SummaryRow>(&self.folder)?;
        if let Some(cells) = cells {
            reader = reader.only(cells);
        }
        for summary in reader {
            groups.add(summary?)?;
        }
        Ok(groups.finish())
    }

    /// The training epochs of some cells; none in reports older than this frame.
    ///
    /// # Errors
    /// `training.parquet` is damaged.
    pub fn training(&self, cells: &CellSet) -> Result<Vec<TrainingRow>, FrameError> {
        read_of_if_there(&self.folder, cells)
    }

    /// Measured cost of some cells; none in reports older than this frame.
    ///
    /// # Errors
    /// `cost.parquet` is damaged.
    pub fn cost(&self, cells: &CellSet) -> Result<Vec<CostRow>, FrameError> {
        read_of_if_there(&self.folder, cells)
    }
}
