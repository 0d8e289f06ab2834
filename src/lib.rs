//! camlab: declarative experiments in weakly supervised object localisation.
//!
//! The crates in data-flow order: a TOML file becomes a [`config`], a [`plan`] of cells and stages, artefacts made by
//! a [`stage`] out of [`parts`], [`frame`]s and a [`report`]. This crate re-exports all of them.
//!
//! An experiment is parsed and checked without touching any data:
//!
//! ```
//! use std::path::Path;
//!
//! let text = r#"
//!     name = "mine"
//!     backbone = "resnet18"
//!     [data]
//!     test = { folder = { root = "photographs" } }
//!     input = { size = 224, normalise = "imagenet" }
//!     [[init]]
//!     name = "imagenet"
//!     scheme = { pretrained = { checkpoint = "resnet18.pth" } }
//!     [[maps]]
//!     methods = ["grad-cam"]
//!     layers = ["layer4"]
//!     [sweep]
//!     "maps.layers" = [["layer3"], ["layer4"]]
//! "#;
//! let document = camlab::config::Document::parse(Path::new("mine.toml"), text)?;
//! let cells = camlab::plan::cells(&document)?;
//! assert_eq!(cells.len(), 2);
//! # Ok::<(), camlab::config::Invalid>(())
//! ```
//!
//! `examples/` has more: one map of one image, and metrics of maps made elsewhere.

pub use camlab_base as base;
pub use camlab_config as config;
pub use camlab_data as data;
pub use camlab_engine as engine;
pub use camlab_explain as explain;
pub use camlab_fetch as fetch;
pub use camlab_frame as frame;
pub use camlab_graph as graph;
pub use camlab_index as index;
pub use camlab_kernel as kernel;
pub use camlab_mapfile as mapfile;
pub use camlab_nn as nn;
pub use camlab_onnx as onnx;
pub use camlab_parts as parts;
pub use camlab_plan as plan;
pub use camlab_raster as raster;
pub use camlab_report as report;
pub use camlab_run as run;
pub use camlab_share as share;
pub use camlab_stage as stage;
pub use camlab_statistics as statistics;
pub use camlab_store as store;
