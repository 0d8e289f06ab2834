use std::collections::BTreeMap;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::compose::{ExperimentFile, ExperimentFiles, compose};
use super::diagnostic::{Diagnostic, Invalid};
use super::interpolate::{Interpolated, interpolate, refers};
use super::recover::{ReadDocument, read_all};
use super::remedy::{plain, remedy};
use super::tree::{TomlNode, TomlTable, TomlValue, parse_value};
use super::{Sources, path, reader};

/// An experiment file with the files that it extends and the values of `--set`, every value with its place, before a
/// schema is applied. Clones share what they do not change.
#[derive(Debug, Clone)]
pub struct Document {
    /// The texts of the files and of the `--set` arguments.
    pub sources: Arc<Sources>,
    /// The root table: files merged, overrides applied.
    pub root: Arc<TomlTable>,
    /// The keys of `--set`.
    pub assignments: Vec<Assignment>,
    /// Texts that stand in another folder than the reference to them: start of the reference, place of the text.
    pub(super) moved: Arc<BTreeMap<usize, Range<usize>>>,
    /// Access to the files that it refers to.
    pub(super) files: Arc<dyn ExperimentFiles>,
    /// The experiments that led to this one by reference, the outermost first: their identities and names.
    pub(super) referrers: Arc<[(PathBuf, String)]>,
}

/// A key that `--set` gives.
#[derive(Debug, Clone)]
pub struct Assignment {
    /// The dotted key as written.
    pub key: String,
    /// Its place.
    pub span: Range<usize>,
}

/// Reason why a referenced experiment cannot be read.
#[derive(Debug)]
pub enum OtherExperimentError {
    /// Its file cannot be read.
    File(String),
    /// It leads back to an experiment that refers to it: the files in order, the first repeated at the end.
    Circle(Vec<String>),
    /// It has mistakes of its own.
    Invalid(Invalid),
}

/// Access to no file.
#[derive(Debug)]
struct NoFiles;

impl ExperimentFiles for NoFiles {
    fn read(&self, written: &str, _: &Path) -> Result<ExperimentFile, String> {
        Err(format!("`{written}` is not read: this text is no file"))
    }
}

impl Document {
    /// Parses the text of a file that extends no other.
    ///
    /// # Errors
    /// [`Invalid`] with a diagnostic for every syntax error.
    pub fn parse(file: &Path, text: &str) -> Result<Self, Invalid> {
        let path = file.to_path_buf();
        Self::open(ExperimentFile { identity: path.clone(), path, text: text.to_owned() }, Arc::new(NoFiles))
    }

    /// Reads a file and all that it extends.
    ///
    /// # Errors
    /// [`Invalid`] with a diagnostic for every syntax error, file that cannot be read, cycle and clash.
    pub fn open(file: ExperimentFile, files: Arc<dyn ExperimentFiles>) -> Result<Self, Invalid> {
        let (sources, root) = compose(file, &*files)?;
        let root = match root.value {
            TomlValue::Table(table) => table,
            _ => Arc::default(),
        };
        let (sources, moved, referrers) = (Arc::new(sources), Arc::default(), Arc::default());
        Ok(Self { sources, root, assignments: Vec::new(), moved, files, referrers })
    }

    /// The document of another experiment that this one refers to; `path` starts from the working directory.
    ///
    /// # Errors
    /// A file that cannot be read, a circle of references, mistakes in the other files.
    pub fn other(&self, path: &str) -> Result<Self, OtherExperimentError> {
        let file = self.files.read(path, Path::new("")).map_err(OtherExperimentError::File)?;
        let own = (self.identity().to_path_buf(), self.file().display().to_string());
        let referrers: Arc<[_]> = self.referrers.iter().cloned().chain([own]).collect();
        if let Some(first) = referrers.iter().position(|(identity, _)| *identity == file.identity) {
            let circle = referrers[first..].iter().chain([&referrers[first]]);
            return Err(OtherExperimentError::Circle(circle.map(|(_, name)| name.clone()).collect()));
        }
        let other = Self::open(file, Arc::clone(&self.files)).map_err(OtherExperimentError::Invalid)?;
        Ok(Self { referrers, ..other })
    }

    /// The experiment's file, as messages show it.
    pub fn file(&self) -> &Path {
        self.sources.files().next().map_or(Path::new(""), |file| file.path)
    }

    /// Identity of the experiment's file: equal for all spellings of its path.
    pub fn identity(&self) -> &Path {
        self.sources.files().next().map_or(Path::new(""), |file| file.identity)
    }

    /// Applies `--set key=value`. The value is TOML; a bare word that is not TOML is taken as a string.
    ///
    /// # Errors
    /// [`Invalid`] if there is no `=`, the value is not TOML, or the key's path contains a value that is not a table.
    pub fn set(&mut self, argument: &str) -> Result<(), Invalid> {
        let offset = Arc::make_mut(&mut self.sources).push("--set", argument);
        self.assign(argument, offset)
            .map_err(|found| Invalid::new(Sources::clone(&self.sources), vec![found]))
    }

    fn assign(&mut self, argument: &str, offset: usize) -> Result<(), Diagnostic> {
        let whole = Some(offset..offset + argument.len());
        let Some((key, written)) = argument.split_once('=') else {
            let message = format!("`{argument}` is not an assignment");
            return Err(Diagnostic::at(
                whole,
                message,
                "write --set key=value, for example --set training.lr=0.1",
            ));
        };
        let at = offset + key.len() + 1;
        let word = written.trim();
        let start = at + written.len() - written.trim_start().len();
        let value = match parse_value(word, start) {
            Ok(value) => value,
            Err(_) if is_word(word) => TomlNode::text(start..start + word.len(), word),
            Err(_) if word.is_empty() => {
                let message = format!("`{argument}` has no value");
                let remedy = "write one after the `=`; an empty text is written \"\"";
                return Err(Diagnostic::at(whole, message, remedy));
            }
            Err(error) => {
                let message = format!("`{word}` is not a TOML value: {}", error.message());
                let remedy = match word.contains(['[', '{', '"', '\'']) {
                    true => {
                        "quote strings inside lists and tables, for example --set 'maps.layers=[\"layer3\"]'"
                            .into()
                    }
                    false => format!("write text with spaces in quotes: --set '{}=\"{word}\"'", key.trim()),
                };
                return Err(Diagnostic::at(whole, message, remedy));
            }
        };
        let place = offset..offset + key.len();
        let segments = path::segments(key);
        if let Some(first @ ("extends" | "remove")) = segments.first().copied() {
            let message = format!("`{first}` cannot be set on the command line");
            return Err(Diagnostic::at(Some(place), message, "write it in the file"));
        }
        if let ["sweep", key @ ..] = &segments[..] {
            self.forget_axis(key);
        }
        path::set(Arc::make_mut(&mut self.root), &segments, value, &place).map_err(|message| {
            let remedy = "write the full key, tables and keys joined by dots, for example training.lr";
            Diagnostic::at(whole, message, remedy)
        })?;
        self.assignments.push(Assignment { key: key.trim().to_owned(), span: place });
        Ok(())
    }

    /// Removes an axis of `[sweep]` in all its spellings: one quoted key, or nested tables.
    fn forget_axis(&mut self, key: &[&str]) {
        let key: Vec<&str> = key.iter().flat_map(|part| path::segments(part)).collect();
        let root = Arc::make_mut(&mut self.root);
        for split in 0..key.len() {
            let quoted = key[split..].join(".");
            let spelling: Vec<&str> = ["sweep"].into_iter().chain(key[..split].iter().copied()).collect();
            path::remove(root, &[&spelling[..], &[quoted.as_str()]].concat());
        }
    }

    /// The document with every `${path}` replaced by the value at that path.
    ///
    /// # Errors
    /// Every reference that is not closed, names no key, or leads back to itself.
    pub fn interpolated(&self) -> Result<Self, Vec<Diagnostic>> {
        let (document, found) = self.interpolated_in_part();
        if found.is_empty() { Ok(document) } else { Err(found) }
    }

    /// The document with the references replaced that can be, and errors for the others.
    pub fn interpolated_in_part(&self) -> (Self, Vec<Diagnostic>) {
        let root = TomlNode { span: 0..0, value: TomlValue::Table(Arc::clone(&self.root)) };
        if !refers(&root) {
            return (self.clone(), Vec::new());
        }
        let Interpolated { root, found, moved } = interpolate(&self.root, &self.sources);
        (Self { root: Arc::new(root), moved: Arc::new(moved), ..self.clone() }, found)
    }

    /// Reads the document as an experiment; after a mistake the rest is read as well, so that all are found.
    pub fn read(&self) -> ReadDocument {
        read_all(self)
    }

    /// The text of the experiment file, followed by those of the files that it extends and the `--set` arguments, each
    /// under its name.
    pub fn as_written(&self) -> String {
        let mut text = self.sources.text().to_owned();
        for (name, more) in self.sources.all().skip(1) {
            text.push_str(&format!("\n# --- {name}\n{more}\n"));
        }
        text
    }

    /// Span of the value at a dotted path, or at the longest prefix of it that exists.
    pub fn span(&self, path: &str) -> Option<Range<usize>> {
        path::span(&self.root, path)
    }
}

impl From<&toml::de::Error> for Diagnostic {
    fn from(error: &toml::de::Error) -> Self {
        let message = plain(&error.message().trim().replace('\n', ", "));
        let remedy = remedy(&message);
        Self::at(error.span(), message, remedy)
    }
}

impl From<&reader::ReadError> for Diagnostic {
    fn from(error: &reader::ReadError) -> Self {
        let message = plain(&error.message);
        let remedy = remedy(&message);
        Self::at(error.span.clone(), message, remedy)
    }
}

fn is_word(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_alphanumeric() || "-_./:{}$~".contains(c))
}
