//! Frames: the result rows of an experiment, stored as Parquet in a report directory. A row struct declares its
//! columns once; [`write()`] and [`read`] follow from it. Independent of the crates that compute the rows.

pub mod aggregate;
mod agreement;
mod assemble;
mod between;
mod cells;
mod chain;
mod claims;
mod column;
pub mod crossed;
mod curves;
mod error;
mod file;
mod fusion;
mod gallery;
mod images;
mod intuitive;
mod names;
pub mod paired;
mod path;
mod predictions;
mod quantities;
mod quartiles;
mod row;
mod run;
mod sanity;
mod summary;
mod table;
mod thresholds;
mod titles;
mod training;

pub use agreement::AgreementRow;
pub use assemble::{Assembly, Source, assemble};
pub use between::{BetweenRow, PairRow};
pub use cells::CellRow;
pub use chain::{
    AssignmentRow, ClusterRow, ClusteringRow, CorrectionRow, DivisionRow, SubMapRow, SubMapState,
};
pub use claims::{ClaimRow, Finding};
pub use column::ColumnValue;
pub use curves::{CurveKind, CurveRow};
pub use error::FrameError;
pub use file::{read, read_artefact, replace, write, write_artefact, write_with};
pub use fusion::FusionRow;
pub use gallery::{GalleryRow, RankKind};
pub use images::{ImageOutcome, ImageRow};
pub use intuitive::IntuitiveRow;
pub use names::{NameValue, Names};
pub use path::PathRow;
pub use predictions::{PredictionRow, PredictionSummaryRow, SOFTMAX};
pub use quantities::QuantityRow;
pub use quartiles::Quartiles;
pub use row::Row;
pub use run::RunRow;
pub use sanity::{RandomisedRow, SanityRow};
pub use summary::{BASELINE, CSV_COLUMNS, Direction, SummaryRow, UNCHANGED, contrasts_csv, csv};
pub use table::{FrameTable, ImageMeasures, ReadTable, TableMeasure, TablePlace, Tabled};
pub use thresholds::{BoxRow, ThresholdRow};
pub use titles::TitleRow;
pub use training::{StepRow, TrainingRow};

/// The tables of a report that follow from a frame alone, in the report's order.
pub const TABLES: &[ReadTable] = &[table::table::<IntuitiveRow>];
