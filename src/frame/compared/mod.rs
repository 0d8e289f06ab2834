//! Several reports beside each other: their results, and paired differences where their images are the same. (For the
//! bit-by-bit comparison of two equal runs see [`crate::compare()`].)

mod alignment;
mod configurations;
mod images;
mod measures;
mod names;
mod results;
mod scores;
mod truth;

pub use alignment::{ComparedDifference, ComparedFinding, ComparedMeasure, LEVEL, NotPaired, align};
pub use configurations::{ReportConfiguration, configurations_of};
pub use images::{EvaluationPart, MapPlace, read_evaluations};
pub use measures::{cost_of, training_of};
pub use names::{NameKind, NameMatch, NameMatches, UnknownName};
pub use results::{ReportResults, missing_frame};
pub use scores::ReportScores;
pub use truth::ImageTruth;
