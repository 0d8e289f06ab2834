//! Names of the map files of images.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::format::MapFormat;

/// Name of the map file of an image, relative to the folder of the maps: text with placeholders, folders separated by
/// `/`.
///
/// | placeholder | stands for | `val2/0/995.jpeg`, class 0 `tench` |
/// |---|---|---|
/// | `{id}` | the image's id | `val2/0/995.jpeg` |
/// | `{path}` | the id without the extension | `val2/0/995` |
/// | `{stem}` | the file name in it without folders and extension | `995` |
/// | `{class}` | the name of the image's class | `tench` |
/// | `{class-index}` | the index of the image's class, from 0 | `0` |
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct FilePattern {
    text: String,
    pieces: Vec<PatternPiece>,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum PatternPiece {
    Text(String),
    Id,
    Path,
    Stem,
    Class,
    ClassIndex,
}

/// The properties of an image that its map file can be named by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PatternImage<'a> {
    /// Id: the name in the data set, with folders (`/`) and extension.
    pub id: &'a str,
    /// Name of its class.
    pub class: &'a str,
    /// Index of its class.
    pub class_index: usize,
}

/// A text that is no pattern.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum FilePatternError {
    /// A placeholder that does not exist.
    #[error(
        "pattern `{pattern}` has an unknown placeholder `{{{name}}}`; use {{id}}, {{path}}, {{stem}}, {{class}} or \
         {{class-index}}"
    )]
    Unknown {
        /// The pattern.
        pattern: String,
        /// The text between the braces.
        name: String,
    },
    /// A brace without its other half.
    #[error("pattern `{0}` has a brace without its counterpart; braces stand around placeholders only")]
    Brace(String),
    /// No placeholder of the image.
    #[error("pattern `{0}` names one file for many images; add {{id}}, {{path}} or {{stem}}")]
    Constant(String),
    /// A path that is absolute, leads upwards, or has an empty part.
    #[error("pattern `{0}` is no path below `root`; write folders and name with `/`, without `..`")]
    Outside(String),
    /// An extension other than that of the format.
    #[error(
        "pattern `{pattern}` does not end in .{extension}; change it, or set `format` to that of the files",
        extension = format.extension()
    )]
    Extension {
        /// The pattern.
        pattern: String,
        /// The declared format.
        format: MapFormat,
    },
}

impl FilePattern {
    /// The pattern that a text is.
    ///
    /// # Errors
    /// Unknown placeholders, no placeholder of the image, and paths that lead out of the folder.
    pub fn new(text: &str) -> Result<Self, FilePatternError> {
        let owned = || text.to_owned();
        let mut pieces = Vec::new();
        let mut rest = text;
        while let Some(at) = rest.find(['{', '}']) {
            let (before, after) = rest.split_at(at);
            let inner = after.strip_prefix('{').and_then(|after| after.split_once('}'));
            let Some((name, after)) = inner.filter(|(name, _)| !name.contains('{')) else {
                return Err(FilePatternError::Brace(owned()));
            };
            if !before.is_empty() {
                pieces.push(PatternPiece::Text(before.to_owned()));
            }
            pieces.push(match name {
                "id" => PatternPiece::Id,
                "path" => PatternPiece::Path,
                "stem" => PatternPiece::Stem,
                "class" => PatternPiece::Class,
                "class-index" => PatternPiece::ClassIndex,
                _ => return Err(FilePatternError::Unknown { pattern: owned(), name: name.to_owned() }),
            });
            rest = after;
        }
        if !rest.is_empty() {
            pieces.push(PatternPiece::Text(rest.to_owned()));
        }
        if !pieces
            .iter()
            .any(|piece| matches!(piece, PatternPiece::Id | PatternPiece::Path | PatternPiece::Stem))
        {
            return Err(FilePatternError::Constant(owned()));
        }
        // A drive of Windows too.
        let drive = text.as_bytes().get(1) == Some(&b':');
        if drive || text.contains('\\') || text.split('/').any(|part| ["", ".", ".."].contains(&part)) {
            return Err(FilePatternError::Outside(owned()));
        }
        Ok(Self { text: owned(), pieces })
    }

    /// `{id}` and the format's extension: the files of wsolevaluation's `--scoremap_root`.
    pub fn usual(format: MapFormat) -> Self {
        let extension = format!(".{}", format.extension());
        Self {
            text: format!("{{id}}{extension}"),
            pieces: vec![PatternPiece::Id, PatternPiece::Text(extension)],
        }
    }

    /// Checks that the pattern's names have the extension of `format`. Those that end in `{id}` may have it from the
    /// image.
    ///
    /// # Errors
    /// Another extension, or none.
    pub fn check(&self, format: MapFormat) -> Result<(), FilePatternError> {
        let fits = match self.pieces.last() {
            Some(PatternPiece::Id) => true,
            Some(PatternPiece::Text(text)) => {
                text.to_lowercase().strip_suffix(format.extension()).is_some_and(|start| start.ends_with('.'))
            }
            _ => false,
        };
        match fits {
            true => Ok(()),
            false => Err(FilePatternError::Extension { pattern: self.text.clone(), format }),
        }
    }

    /// `true` if names depend on the class of the image.
    pub fn needs_class(&self) -> bool {
        self.pieces.iter().any(|piece| matches!(piece, PatternPiece::Class | PatternPiece::ClassIndex))
    }

    /// The pattern as written.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Name of the map file of an image, relative to the folder of the maps.
    pub fn name(&self, image: PatternImage<'_>) -> String {
        let path = without_extension(image.id);
        let stem = path.rsplit('/').next().unwrap_or(path);
        let mut name = String::with_capacity(self.text.len() + image.id.len());
        for piece in &self.pieces {
            match piece {
                PatternPiece::Text(text) => name.push_str(text),
                PatternPiece::Id => name.push_str(image.id),
                PatternPiece::Path => name.push_str(path),
                PatternPiece::Stem => name.push_str(stem),
                PatternPiece::Class => name.push_str(image.class),
                PatternPiece::ClassIndex => name.push_str(&image.class_index.to_string()),
            }
        }
        name
    }
}

/// The id without the last dot of its last part and what follows, unless that is the whole part.
fn without_extension(id: &str) -> &str {
    let start = id.rfind('/').map_or(0, |at| at + 1);
    match id[start..].rfind('.') {
        None | Some(0) => id,
        Some(dot) => &id[..start + dot],
    }
}

impl TryFrom<String> for FilePattern {
    type Error = FilePatternError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::new(&text)
    }
}

impl From<FilePattern> for String {
    fn from(pattern: FilePattern) -> Self {
        pattern.text
    }
}

impl std::fmt::Display for FilePattern {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.text)
    }
}

impl JsonSchema for FilePattern {
    fn schema_name() -> Cow<'static, str> {
        "FilePattern".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "description": "Name of the map file of an image below `root`: text with {id}, {path} (id without \
                            extension), {stem} (file name without folders and extension), {class} and {class-index}.",
            "pattern": r"^[^{}\\]*(\{(id|path|stem|class|class-index)\}[^{}\\]*)*$",
            "allOf": [
                { "pattern": r"\{(id|path|stem)\}" },
                { "not": { "pattern": r"(^|/)\.{0,2}(/|$)|^.:" } },
            ],
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const IMAGE: PatternImage<'_> = PatternImage { id: "val2/0/995.jpeg", class: "tench", class_index: 0 };

    #[test]
    fn names_follow_the_pattern() {
        let cases = [
            ("{id}.npy", "val2/0/995.jpeg.npy"),
            ("{stem}.png", "995.png"),
            ("{path}.npz", "val2/0/995.npz"),
            ("{class}/{stem}_cam.npy", "tench/995_cam.npy"),
            ("{class-index}-{stem}.npy", "0-995.npy"),
            ("maps/{stem}/{stem}", "maps/995/995"),
        ];
        for (pattern, name) in cases {
            let pattern = FilePattern::new(pattern).unwrap();
            assert_eq!(pattern.name(IMAGE), name);
            assert_eq!(pattern.needs_class(), pattern.as_str().contains("class"));
        }
        for format in MapFormat::ALL {
            let usual = FilePattern::usual(format);
            assert_eq!(FilePattern::new(usual.as_str()).unwrap(), usual);
            assert_eq!(usual.check(format), Ok(()));
        }
    }

    #[test]
    fn only_the_extension_of_the_last_part_is_removed() {
        let cases = [
            ("a.b/c", "a.b/c"),
            ("a.b/c.d.jpg", "a.b/c.d"),
            (".hidden", ".hidden"),
            ("x/.hidden.png", "x/.hidden"),
            ("no", "no"),
            ("", ""),
        ];
        for (id, path) in cases {
            assert_eq!(without_extension(id), path);
        }
    }

    #[test]
    fn patterns_that_name_no_file_below_the_folder_are_errors() {
        let cases = [
            ("{name}.npy", "unknown placeholder `{name}`"),
            ("{}.npy", "unknown placeholder `{}`"),
            ("{id.npy", "brace without its counterpart"),
            ("id}.npy", "brace without its counterpart"),
            ("{{id}}.npy", "brace without its counterpart"),
            ("map.npy", "one file for many images"),
            ("{class}.npy", "add {id}, {path} or {stem}"),
            ("", "one file for many images"),
            ("/maps/{id}.npy", "no path below `root`"),
            ("../{id}.npy", "no path below `root`"),
            ("maps/../../{id}.npy", "no path below `root`"),
            ("maps//{id}.npy", "no path below `root`"),
            ("{id}/", "no path below `root`"),
            ("maps\\{id}.npy", "no path below `root`"),
            ("C:{id}.npy", "no path below `root`"),
        ];
        for (text, expected) in cases {
            let message =
                toml::from_str::<std::collections::BTreeMap<String, FilePattern>>(&format!("p = '{text}'"))
                    .unwrap_err()
                    .to_string();
            assert!(message.contains(expected), "{text}: {message}");
        }
    }

    #[test]
    fn names_must_have_the_extension_of_the_format() {
        let check =
            |text: &str| FilePattern::new(text).unwrap().check(MapFormat::Npy).map_err(|e| e.to_string());
        assert_eq!(check("{stem}.npy"), Ok(()));
        assert_eq!(check("{stem}.NPY"), Ok(()));
        assert_eq!(check("{id}"), Ok(()));
        for wrong in ["{stem}.npz", "{stem}", "{id}npy", "{class}/{path}"] {
            assert!(check(wrong).unwrap_err().contains("does not end in .npy"), "{wrong}");
        }
    }
}
