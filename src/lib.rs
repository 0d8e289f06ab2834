//! camlab: declarative experiments in weakly supervised object localisation.
//!
//! The rooms in data-flow order: a TOML file becomes a [`config`], a [`plan`] of cells and stages, artefacts made by
//! a [`stage`] out of [`parts`], [`frame`]s and a [`report`]. Each room is a crate; this one names them all.

pub use camlab_base as base;
pub use camlab_config as config;
pub use camlab_data as data;
pub use camlab_engine as engine;
pub use camlab_explain as explain;
pub use camlab_fetch as fetch;
pub use camlab_frame as frame;
pub use camlab_kernel as kernel;
pub use camlab_nn as nn;
pub use camlab_parts as parts;
pub use camlab_plan as plan;
pub use camlab_raster as raster;
pub use camlab_report as report;
pub use camlab_run as run;
pub use camlab_stage as stage;
pub use camlab_store as store;
