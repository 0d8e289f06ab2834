use std::path::Path;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::diagnostic::{Diagnostic, Invalid};
use super::remedy::remedy;
use super::{Experiment, Sources, path, reader};

/// A parsed experiment file with the source span of every value, before a schema is applied.
#[derive(Debug, Clone)]
pub struct Document<'t> {
    /// The texts of the file and of the `--set` arguments.
    pub sources: Sources,
    /// The file's root table, overrides applied.
    pub root: Spanned<DeTable<'t>>,
}

impl<'t> Document<'t> {
    /// Parses a file's text.
    ///
    /// # Errors
    /// [`Invalid`] with a diagnostic for every syntax error.
    pub fn parse(file: &Path, text: &'t str) -> Result<Self, Invalid> {
        let sources = Sources::file(file, text);
        let (root, errors) = DeTable::parse_recoverable(text);
        if !errors.is_empty() {
            let diagnostics = errors.iter().map(Diagnostic::from);
            return Err(Invalid::new(sources, without_echoes(diagnostics)));
        }
        Ok(Self { sources, root })
    }

    /// Applies `--set key=value`. The value is TOML; a bare word that is not TOML is taken as a string.
    ///
    /// # Errors
    /// [`Invalid`] if there is no `=`, the value is not TOML, or the key's path contains a value that is not a table.
    pub fn set(&mut self, argument: &'t str) -> Result<(), Invalid> {
        let offset = self.sources.push("--set", argument);
        let whole = Some(offset..offset + argument.len());
        let fail = |sources: &Sources, message: String, remedy: &str| {
            Err(Invalid::new(sources.clone(), vec![Diagnostic::at(whole.clone(), message, remedy)]))
        };
        let Some((key, written)) = argument.split_once('=') else {
            return fail(
                &self.sources,
                format!("`{argument}` is not an assignment"),
                "write --set key=value, for example --set training.lr=0.1",
            );
        };
        let at = key.len() + 1;
        let value = match DeValue::parse(written.trim()) {
            Ok(value) => {
                let indent = written.len() - written.trim_start().len();
                path::shift(value, offset + at + indent)
            }
            Err(_) if is_word(written.trim()) => {
                Spanned::new(offset + at..offset + argument.len(), DeValue::String(written.trim().into()))
            }
            Err(error) => {
                return fail(
                    &self.sources,
                    format!("`{}` is not a TOML value: {}", written.trim(), error.message()),
                    "quote strings inside lists and tables, for example --set 'maps.layers=[\"layer3\"]'",
                );
            }
        };
        if let Err(message) =
            path::set(self.root.get_mut(), &path::segments(key), value, &(offset..offset + key.len()))
        {
            return fail(
                &self.sources,
                message,
                "write the full key, tables and keys joined by dots, for example training.lr",
            );
        }
        Ok(())
    }

    /// Deserialises the document into a schema type.
    ///
    /// # Errors
    /// The first value that does not fit, with its span and a remedy.
    pub fn experiment(&self) -> Result<Experiment, Diagnostic> {
        reader::read(&self.root).map_err(|error| {
            let mut diagnostic = Diagnostic::from(error);
            // The whole file is the place of a key that is missing at its top level; no caret shows that.
            diagnostic.span = diagnostic.span.filter(|span| *span != self.root.span());
            diagnostic
        })
    }

    /// Span of the value at a dotted path, or at the longest prefix of it that exists.
    pub fn span(&self, path: &str) -> Option<std::ops::Range<usize>> {
        path::span(self.root.get_ref(), path)
    }
}

impl From<&toml::de::Error> for Diagnostic {
    fn from(error: &toml::de::Error) -> Self {
        let message = plain(&error.message().trim().replace('\n', ", "));
        let remedy = remedy(&message);
        Self::at(error.span(), message, remedy)
    }
}

impl From<reader::ReadError> for Diagnostic {
    fn from(error: reader::ReadError) -> Self {
        let message = plain(&error.message);
        let remedy = remedy(&message);
        Self::at(error.span, message, remedy)
    }
}

/// Drops the errors that follow from an unclosed bracket: only the first such error is informative.
fn without_echoes(errors: impl Iterator<Item = Diagnostic>) -> Vec<Diagnostic> {
    let mut kept = Vec::new();
    for error in errors {
        let open = error.message.contains("in array") || error.message.contains("between array elements");
        kept.push(error);
        if open {
            break;
        }
    }
    kept
}

/// Replaces Rust type names in serde's messages by plain words.
fn plain(message: &str) -> String {
    let mut text = message.to_string();
    for (rust, words) in [
        ("expected usize", "expected a whole number"),
        ("expected u64", "expected a whole number"),
        ("expected u32", "expected a whole number"),
        ("expected f64", "expected a number"),
        ("expected f32", "expected a number"),
        ("expected a sequence", "expected a list"),
        ("expected a nonzero usize", "expected a positive whole number"),
    ] {
        text = text.replace(rust, words);
    }
    // `expected struct TrainingOptions`: the type's name says nothing to the person who wrote the file.
    if let Some((before, after)) = text.split_once("expected struct ") {
        let rest = after.trim_start_matches(|c: char| c.is_alphanumeric());
        text = format!("{before}expected a table{rest}");
    }
    text
}

fn is_word(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_alphanumeric() || "-_./:{}$".contains(c))
}
