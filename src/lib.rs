//! camlab: declarative experiments in weakly supervised object localisation.
//!
//! The modules in data-flow order: a TOML file becomes a [`spec`], a [`plan`] of cells and stages, artefacts
//! made by [`stage`]s out of [`parts`], [`frame`]s and a [`report`].

pub mod engine;
pub mod fetch;
pub mod frame;
pub mod kernel;
pub mod nn;
pub mod parts;
pub mod plan;
pub mod random;
pub mod raster;
pub mod registry;
pub mod report;
pub mod spec;
pub mod stage;
pub mod stamp;
