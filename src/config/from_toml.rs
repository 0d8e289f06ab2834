use std::path::Path;

use camlab_data::{Augment, DatasetSpec, InputSpec};
use camlab_parts::backbone::BackboneSpec;
use camlab_parts::cam::CamSpec;
use camlab_parts::contrast::ContrastSpec;
use camlab_parts::fusion::FusionSpec;
use camlab_parts::init::InitSpec;
use camlab_parts::metric::MetricSpec;
use camlab_parts::training::TrainingSpec;
use toml::Spanned;
use toml::de::DeValue;

use super::{Diagnostic, Document, Invalid, Sources, reader};

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
                let text = text.trim();
                let read = match value(text)? {
                    PartText::Value(value) => reader::read_value(&value),
                    PartText::Lines(document) => reader::read(&document.root),
                };
                read.map_err(|error| invalid(text, error.into()))
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
    TrainingSpec
);

enum PartText<'t> {
    Value(Spanned<DeValue<'t>>),
    Lines(Document<'t>),
}

fn value(text: &str) -> Result<PartText<'_>, Invalid> {
    match DeValue::parse(text) {
        Ok(value) => Ok(PartText::Value(value)),
        Err(_) if text.contains('=') && !text.starts_with('{') => {
            Document::parse(Path::new("TOML"), text).map(PartText::Lines)
        }
        Err(error) => Err(invalid(text, (&error).into())),
    }
}

fn invalid(text: &str, diagnostic: Diagnostic) -> Invalid {
    Invalid::new(Sources::file(Path::new("TOML"), text), vec![diagnostic])
}
