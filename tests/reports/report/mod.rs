//! Frames go to Parquet and come back; a report rebuilds from them alone.

mod classes;
mod comparison;
mod fixture;
mod frames;
mod many_metrics;
mod page;
mod statements;
