//! Experiments whose networks are initial weights of another one.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use camlab_parts::init::{InitSpec, PretrainedOptions};

use super::{Document, Experiment};

/// An experiment that another one refers to by `pretrained.experiment`: it has one configuration and no search.
#[derive(Debug, Clone)]
pub struct OtherExperiment {
    /// Its document.
    pub document: Document,
    /// Its content, resolved.
    pub experiment: Arc<Experiment>,
}

impl OtherExperiment {
    /// Its file as messages show it.
    pub fn file(&self) -> &Path {
        self.document.file()
    }
}

impl PartialEq for OtherExperiment {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.experiment, &other.experiment) || self.experiment == other.experiment
    }
}

/// The experiments that one refers to, by their paths as [`camlab_data::path::DataPath`] holds them.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct OtherExperiments(BTreeMap<String, Arc<OtherExperiment>>);

impl OtherExperiments {
    /// Adds an experiment under the path that leads to it.
    pub fn add(&mut self, path: &str, other: Arc<OtherExperiment>) {
        self.0.insert(path.to_owned(), other);
    }

    /// The experiment that a path leads to.
    pub fn get(&self, path: &str) -> Option<&Arc<OtherExperiment>> {
        self.0.get(path)
    }

    /// The experiments that are referred to directly, with the paths that lead to them.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Arc<OtherExperiment>)> {
        self.0.iter().map(|(path, other)| (path.as_str(), other))
    }

    /// All experiments that are referred to, directly or by those, each file once.
    pub fn all(&self) -> Vec<&Arc<OtherExperiment>> {
        let mut found: Vec<&Arc<OtherExperiment>> = Vec::new();
        let mut open: Vec<&Arc<OtherExperiment>> = self.0.values().collect();
        while let Some(other) = open.pop() {
            if !found.iter().any(|known| known.document.identity() == other.document.identity()) {
                found.push(other);
                open.extend(other.experiment.others.0.values());
            }
        }
        found
    }
}

impl Experiment {
    /// All sources of initial weights that are checkpoints or other experiments' networks, with their dotted paths in the
    /// file: those of initialisations, and of students of distillations.
    pub fn pretrained(&self) -> Vec<(String, &PretrainedOptions)> {
        let schemes = self.schemes().into_iter();
        let loaded = schemes
            .filter_map(|(path, scheme)| Some((format!("{path}.{}", scheme.name()), scheme.checkpoint()?)));
        loaded.collect()
    }

    /// All initialisations, those of students of distillations among them, with their dotted paths in the file.
    pub fn schemes(&self) -> Vec<(String, &InitSpec)> {
        let inits = self.init.iter().enumerate();
        let inits = inits.map(|(index, init)| (format!("init.{index}.scheme"), &init.scheme));
        let students = self.fusion.iter().enumerate().filter_map(|(index, fusion)| {
            let place = format!("fusion.{index}.method.{}.student", fusion.method.name());
            fusion.method.student().map(|student| (place, student))
        });
        inits.chain(students).collect()
    }
}
