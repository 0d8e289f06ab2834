//! Whole runs through the command line.

mod bench_command;
mod chain_run;
mod classes_run;
mod compared_maps;
mod compared_reports;
mod comparison_run;
mod complaints;
mod data_check;
mod distillation;
mod end_to_end;
#[path = "../experiment/mod.rs"]
mod experiment;
mod external_maps;
mod frames;
mod fusion_run;
mod inspect;
mod interruption;
mod layouts;
mod listing;
mod multi_label;
mod my_photographs;
mod onnx;
mod plans;
mod pretrained;
mod reports_home;
mod reproduce;
mod search;
mod share_command;
mod splits;
mod stages;
mod statements_run;
mod store_command;
mod streams;
mod supervised;
#[path = "../support/mod.rs"]
mod support;
mod survival;
mod thresholds;
mod weights;
