//! Lists all reports on disk: finds their folders, keeps their contents in an index that is always as new as the reports,
//! and selects rows of results by expressions. Tags and notes of reports.

mod column;
mod condition;
mod entry;
pub mod expression;
mod facts;
mod file;
mod labels;
mod listing;
mod query;
mod read;
mod scan;
mod threads;
mod value;
mod walk;

pub use column::RunColumn;
pub use condition::RowCondition;
pub use entry::IndexedReport;
pub use facts::{ConfigurationFacts, MetricFacts, ReportFacts, ResultFacts};
pub use labels::{LABELS, LabelError, ReportLabels};
pub use listing::{ListColumn, ListedRow, RunListing, UnknownColumn};
pub use query::ListQuery;
pub use scan::{ScanOptions, ScannedReports, scan};
pub use value::ExperimentValue;
pub use walk::is_report;
