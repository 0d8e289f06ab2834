//! Metrics, statistics, frames and the report made of them.

mod classification_metrics;
mod compared_reports;
mod comparison;
mod frame_comparison;
mod metric_rows;
mod metric_summary;
mod report;
mod thresholds;
