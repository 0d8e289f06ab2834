//! Frames: the result rows of an experiment, stored as Parquet in a report directory. A row struct declares its
//! columns once; [`write()`] and [`read`] follow from it. Independent of the crates that compute the rows.

pub mod aggregate;
mod agreement;
mod assemble;
mod between;
mod cell_set;
mod cells;
mod chain;
mod claims;
mod class_maps;
mod classes;
mod classification;
mod column;
mod compare;
pub mod compared;
mod cost;
mod curves;
mod difference;
mod error;
mod file;
mod foreign;
mod frame;
mod fusion;
mod gallery;
mod guard;
mod images;
mod info;
mod intuitive;
mod names;
mod ordered;
mod path;
mod predictions;
mod probability_curves;
mod pseudo_boxes;
mod quantities;
mod quartiles;
mod queue;
mod reader;
mod row;
mod run;
mod sanity;
mod scores;
mod seal;
mod search;
mod summary;
mod supervised;
mod swept;
mod table;
mod thresholds;
mod titles;
mod training;
mod writer;

pub use agreement::{AgreementRow, MapSimilarities, read_agreements};
pub use assemble::{Assembly, Source};
pub use between::{BetweenRow, PairRow};
pub use cell_set::CellSet;
pub use cells::CellRow;
pub use chain::{
    AssignmentRow, ClusterRow, ClusteringRow, CorrectionRow, DivisionRow, SubMapRow, SubMapState,
};
pub use claims::{ClaimRow, Finding, TestedScope};
pub use class_maps::{ClassMapRow, ClassMaps, ClassRanking, read_class_maps};
pub use classes::{ClassPoint, ClassRow, ClassValue, MapClasses, read_classes};
pub use classification::{CalibrationRow, ConfusionRow};
pub use column::ColumnValue;
pub use compare::{FrameComparison, compare};
pub use cost::{CostRow, seconds_as_metric};
pub use curves::{CurveKind, CurvePoint, CurveRow, MeanCurve, read_curves};
pub use difference::FrameDifference;
pub use error::FrameError;
pub use file::{
    is_whole, read, read_artefact, read_if_there, read_of, read_of_if_there, replace, write, write_artefact,
};
pub use foreign::{ForeignColumn, ForeignTable};
pub use frame::Frame;
pub use fusion::FusionRow;
pub use gallery::{GalleryRow, RankKind};
pub use images::{BoxedRow, EvaluatedRow, ImageOutcome, ImageRow, LevelRow};
pub use info::{ColumnInfo, FrameInfo};
pub use intuitive::{IntuitiveRow, SimilarityMeasure, SimilarityRow};
pub use names::{NameValue, Names};
pub use ordered::OrderedReader;
pub use path::PathRow;
pub use predictions::{PredictionRow, PredictionSummaryRow, SOFTMAX};
pub use probability_curves::{ProbabilityCurveRow, ProbabilityPoint, SeedMeanCurve, read_probability_curves};
pub use pseudo_boxes::PseudoBoxRow;
pub use quantities::{QuantityColumn, QuantityRow};
pub use quartiles::Quartiles;
pub use queue::FrameQueue;
pub use reader::{FrameReader, count_distinct};
pub use row::Row;
pub use run::RunRow;
pub use sanity::{RandomisedRow, SanityRow};
pub use scores::{FEW_IMAGES, MapName, MapScores, read_scores};
pub use search::{
    EstimateKind, ImportanceRow, SearchEstimateRow, SearchRow, SearchScale, TrialKeyRow, TrialRow, TrialState,
};
pub use summary::{
    BASELINE, CONTRASTS_CSV, CSV_COLUMNS, Direction, SUMMARY_CSV, SummaryRow, UNCHANGED, write_contrasts_csv,
    write_csv,
};
pub use supervised::{AnnotationRow, HeadTrainingRow};
pub use swept::swept_keys;
pub use table::{FrameTable, MapMeasures, ReadTable, TableMeasure, TablePlace, Tabled};
pub use thresholds::{BoxRow, MapThresholdRow, ThresholdRow, ThresholdsOfReport, read_thresholds};
pub use titles::{TitleRow, at_val_threshold};
pub use training::{NetworkSteps, StepRow, StepSums, TrainingRow, read_steps};
pub use writer::FrameWriter;

/// The tables of a report that follow from a frame alone, in the report's order.
pub const TABLES: &[ReadTable] = &[table::table::<IntuitiveRow>];

/// The frames of a report, documented: `camlab frames`.
pub const FRAMES: &[FrameInfo] = &[
    FrameInfo::with::<SummaryRow>(
        "one column per swept key, with its value in the row's cell: a number, or text as in TOML, strings without quotes",
    ),
    FrameInfo::with::<ImageRow>(
        "one column of numbers, or of lists of numbers, per quantity that a metric measures itself, such as `energy_in_boxes`",
    ),
    FrameInfo::of::<CellRow>(),
    FrameInfo::of::<CostRow>(),
    FrameInfo::of::<CurveRow>(),
    FrameInfo::of::<ProbabilityCurveRow>(),
    FrameInfo::of::<MapThresholdRow>(),
    FrameInfo::of::<ClassRow>(),
    FrameInfo::of::<ConfusionRow>(),
    FrameInfo::of::<CalibrationRow>(),
    FrameInfo::of::<ClaimRow>(),
    FrameInfo::of::<BetweenRow>(),
    FrameInfo::of::<AgreementRow>(),
    FrameInfo::of::<IntuitiveRow>(),
    FrameInfo::of::<SanityRow>(),
    FrameInfo::of::<PredictionRow>(),
    FrameInfo::of::<PredictionSummaryRow>(),
    FrameInfo::of::<TrainingRow>(),
    FrameInfo::of::<StepRow>(),
    FrameInfo::of::<FusionRow>(),
    FrameInfo::of::<AnnotationRow>(),
    FrameInfo::of::<HeadTrainingRow>(),
    FrameInfo::of::<PathRow>(),
    FrameInfo::of::<ClusterRow>(),
    FrameInfo::of::<ClusteringRow>(),
    FrameInfo::of::<SubMapRow>(),
    FrameInfo::of::<ClassMapRow>(),
    FrameInfo::of::<CorrectionRow>(),
    FrameInfo::of::<GalleryRow>(),
    FrameInfo::of::<SearchRow>(),
    FrameInfo::of::<TrialRow>(),
    FrameInfo::of::<TrialKeyRow>(),
    FrameInfo::of::<ImportanceRow>(),
    FrameInfo::of::<SearchEstimateRow>(),
    FrameInfo::of::<TitleRow>(),
    FrameInfo::of::<RunRow>(),
];
