use std::collections::BTreeMap;
use std::path::Path;

use super::reader::Folders;
use super::tree::{TomlNode, parse_document, parse_value};
use super::{Diagnostic, Invalid, Sources, reader};
use camlab_data::{Augment, DatasetSpec, InputSpec};
use camlab_parts::backbone::BackboneSpec;
use camlab_parts::cam::CamSpec;
use camlab_parts::contrast::ContrastSpec;
use camlab_parts::fusion::FusionSpec;
use camlab_parts::init::InitSpec;
use camlab_parts::metric::MetricSpec;
use camlab_parts::threshold::ThresholdChoiceSpec;
use camlab_parts::training::TrainingSpec;

/// A value that an experiment file can hold under one key, read without an experiment.
///
/// Implemented here for every kind of part, so that a program which uses one compiles no deserialiser of its own.
pub trait FromToml: Sized {
    /// Reads a TOML value, `'grad-cam'` or `{ grad-cam = { relu = false } }`, or the lines of a table.
    ///
    /// # Errors
    /// Syntax errors, or the first value that does not fit, with its place and a remedy.
    fn from_toml(text: &str) -> Result<Self, Invalid>;
}

macro_rules! from_toml {
    ($($part:ty),* $(,)?) => {
        $(impl FromToml for $part {
            fn from_toml(text: &str) -> Result<Self, Invalid> {
                let PartText { sources, node } = PartText::parse(text.trim())?;
                let folders = Folders { sources: &sources, moved: &BTreeMap::new() };
                let read = reader::read_value(&node, &folders);
                read.map_err(|error| Invalid::new(sources, vec![Diagnostic::from(&error)]))
            }
        })*
    };
}

from_toml!(
    Augment,
    BackboneSpec,
    CamSpec,
    ContrastSpec,
    DatasetSpec,
    FusionSpec,
    InitSpec,
    InputSpec,
    MetricSpec,
    ThresholdChoiceSpec,
    TrainingSpec
);

/// A parsed value and its text.
struct PartText {
    sources: Sources,
    node: TomlNode,
}

impl PartText {
    fn parse(text: &str) -> Result<Self, Invalid> {
        let sources = Sources::file(Path::new("TOML"), text);
        let parsed = match parse_value(text, 0) {
            Err(_) if text.contains('=') && !text.starts_with('{') => parse_document(text, 0),
            value => value.map_err(|error| vec![error]),
        };
        match parsed {
            Ok(node) => Ok(Self { sources, node }),
            Err(errors) => Err(Invalid::new(sources, errors.iter().map(Diagnostic::from).collect())),
        }
    }
}
