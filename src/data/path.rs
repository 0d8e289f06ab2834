//! Paths in experiment files.

use std::borrow::Cow;
use std::path::{Path, PathBuf};

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::Visitor;
use serde::{Deserialize, Deserializer, Serialize};
use thiserror::Error;

/// A path to a file or a folder. A relative path starts from the folder of the file that it is written in, `~/` is the
/// home directory, and `${env:NAME}` stands for an environment variable, so that no experiment file contains
/// machine-specific paths. Holds the text with the folder in front, variables not filled in.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default, Serialize)]
#[serde(transparent)]
pub struct DataPath(String);

/// A path below the folder that another key of the same table names; `${env:NAME}` stands for an environment variable.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default, Serialize, JsonSchema)]
#[serde(transparent)]
#[schemars(inline)]
pub struct InnerPath(DataPath);

/// Name under which a [`DataPath`] asks to be read, so that a reader can tell it from other strings.
pub const DATA_PATH: &str = "camlab::DataPath";

/// A written path as seen from the working directory, if the text that contains it lies in `folder`. Absolute paths,
/// URLs, and paths that begin with `~` or a variable stay as they are.
pub fn in_folder<'a>(written: &'a str, folder: &Path) -> Cow<'a, str> {
    let elsewhere =
        ["/", "~", "${env:", "http://", "https://"].iter().any(|start| written.starts_with(start));
    let here = folder.as_os_str().is_empty() || written.is_empty() || elsewhere;
    match here || Path::new(written).is_absolute() {
        true => Cow::Borrowed(written),
        false => Cow::Owned(folder.join(written).display().to_string()),
    }
}

/// Error of resolving a written path.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum PathError {
    /// The variable of `${env:NAME}` is not set.
    #[error("in path `{written}`: environment variable {name} is not set; set it or write the path out")]
    Unset {
        /// The path as written.
        written: String,
        /// Name of the variable.
        name: String,
    },
    /// `${` without `}`, or with something other than `env:NAME` inside.
    #[error("in path `{written}`: `{at}` is not a variable; write `${{env:NAME}}`")]
    Malformed {
        /// The path as written.
        written: String,
        /// The text starting at `${`.
        at: String,
    },
    /// `~` where no home directory is known.
    #[error("in path `{0}`: HOME is not set, so `~` names no directory; write the path out")]
    NoHome(String),
    /// The path is empty after the variables are substituted.
    #[error("path `{0}` is empty; name a folder or a file")]
    Empty(String),
}

impl DataPath {
    /// A path from its written form.
    pub fn new(written: impl Into<String>) -> Self {
        Self(written.into())
    }

    /// The path as written.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// True if nothing is written (the state of a required option that was omitted).
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The place meant, as an absolute path, so that an error names where a file was looked for: variables and a leading
    /// `~/` (the home directory) filled in, a relative path taken from `base` (an empty `base` means the working
    /// directory).
    ///
    /// # Errors
    /// An unset or malformed variable, an unknown home directory, or an empty path.
    pub fn resolve(&self, base: &Path) -> Result<PathBuf, PathError> {
        let path = self.resolve_with(base, |name| std::env::var(name).ok())?;
        // Fails only for an empty path, which `fill` refuses, or without a working directory.
        Ok(std::path::absolute(&path).unwrap_or(path))
    }

    /// True if the text is an `http://` or `https://` URL instead of a path.
    pub fn is_url(&self) -> bool {
        self.0.starts_with("https://") || self.0.starts_with("http://")
    }

    /// The written text with variables substituted.
    ///
    /// # Errors
    /// As [`DataPath::resolve`].
    pub fn filled(&self) -> Result<String, PathError> {
        self.fill(|name| std::env::var(name).ok())
    }

    /// [`Self::resolve`] with variable values from `lookup`.
    fn resolve_with(
        &self,
        base: &Path,
        lookup: impl Fn(&str) -> Option<String>,
    ) -> Result<PathBuf, PathError> {
        let filled = self.fill(&lookup)?;
        if filled != "~" && !filled.starts_with("~/") {
            return Ok(base.join(filled));
        }
        let home = lookup("HOME").filter(|home| !home.is_empty());
        let home = home.ok_or_else(|| PathError::NoHome(self.0.clone()))?;
        Ok(Path::new(&home).join(filled[1..].trim_start_matches('/')))
    }

    fn fill(&self, lookup: impl Fn(&str) -> Option<String>) -> Result<String, PathError> {
        let mut filled = String::new();
        let mut rest = self.0.as_str();
        while let Some(start) = rest.find("${") {
            filled.push_str(&rest[..start]);
            let malformed =
                || PathError::Malformed { written: self.0.clone(), at: rest[start..].to_string() };
            let inner = &rest[start + 2..];
            let end = inner.find('}').ok_or_else(malformed)?;
            let name =
                inner[..end].strip_prefix("env:").filter(|name| is_name(name)).ok_or_else(malformed)?;
            let value = lookup(name)
                .ok_or_else(|| PathError::Unset { written: self.0.clone(), name: name.to_string() })?;
            filled.push_str(&value);
            rest = &inner[end + 1..];
        }
        filled.push_str(rest);
        if filled.is_empty() {
            return Err(PathError::Empty(self.0.clone()));
        }
        Ok(filled)
    }
}

/// True if `text` is a valid name of an environment variable.
fn is_name(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

impl std::fmt::Display for DataPath {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for DataPath {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Written;

        impl<'de> Visitor<'de> for Written {
            type Value = DataPath;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a path as a string")
            }

            fn visit_newtype_struct<D: Deserializer<'de>>(self, inner: D) -> Result<DataPath, D::Error> {
                written(inner).map(DataPath)
            }
        }

        deserializer.deserialize_newtype_struct(DATA_PATH, Written)
    }
}

impl<'de> Deserialize<'de> for InnerPath {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        written(deserializer).map(|text| Self(DataPath(text)))
    }
}

fn written<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    let written = String::deserialize(deserializer)?;
    match written.is_empty() {
        true => Err(serde::de::Error::custom("a path must not be empty; name a folder or a file")),
        false => Ok(written),
    }
}

impl InnerPath {
    /// A path from its written form.
    pub fn new(written: impl Into<String>) -> Self {
        Self(DataPath::new(written))
    }

    /// The place meant, from the folder `root` on.
    ///
    /// # Errors
    /// As [`DataPath::resolve`].
    pub fn resolve(&self, root: &Path) -> Result<PathBuf, PathError> {
        self.0.resolve(root)
    }
}

impl JsonSchema for DataPath {
    fn schema_name() -> Cow<'static, str> {
        "DataPath".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "minLength": 1 })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resolve(written: &str) -> Result<PathBuf, PathError> {
        DataPath::new(written).resolve_with(Path::new("base"), |name| match name {
            "DATA" => Some("/data".into()),
            "PART" => Some("val".into()),
            "HOME" => Some("/home/someone".into()),
            _ => None,
        })
    }

    #[test]
    fn variables_are_filled_in_and_relative_paths_start_at_the_base() {
        assert_eq!(resolve("${env:DATA}/x/${env:PART}"), Ok(PathBuf::from("/data/x/val")));
        assert_eq!(resolve("x/${env:PART}.csv"), Ok(PathBuf::from("base/x/val.csv")));
        assert_eq!(resolve("plain$dir"), Ok(PathBuf::from("base/plain$dir")));
        assert_eq!(resolve("~/x"), Ok(PathBuf::from("/home/someone/x")));
        assert_eq!(resolve("~x/y"), Ok(PathBuf::from("base/~x/y")));
        let without = DataPath::new("~/x").resolve_with(Path::new(""), |_| None);
        assert!(matches!(without, Err(PathError::NoHome(_))));
        let absolute = DataPath::new("x/y").resolve(Path::new("")).unwrap();
        assert!(absolute.is_absolute() && absolute.ends_with("x/y"));
    }

    #[test]
    fn errors_name_the_variable_and_the_remedy() {
        assert_eq!(
            resolve("${env:NOPE}/x").unwrap_err().to_string(),
            "in path `${env:NOPE}/x`: environment variable NOPE is not set; set it or write the path out"
        );
        for malformed in ["${env:DATA/x", "${HOME}/x", "a/${env:}/x", "${env:A B}"] {
            let message = resolve(malformed).unwrap_err().to_string();
            assert!(message.ends_with("is not a variable; write `${env:NAME}`"), "{message}");
        }
        assert!(matches!(resolve(""), Err(PathError::Empty(_))));
    }
}
