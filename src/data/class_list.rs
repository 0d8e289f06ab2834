//! The classes of a data set as an option: their number, their names, or a file of names.

use std::borrow::Cow;
use std::path::Path;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{Deserializer, Error, SeqAccess, Visitor};
use serde::{Deserialize, Serialize};

use super::error::DatasetError;
use super::lines::Lines;
use super::listed::display_names;
use super::names::composed;
use crate::path::InnerPath;

/// The classes in label order.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(untagged)]
pub enum ClassList {
    /// Their number; they are named by their label, from `0` on.
    Count(usize),
    /// Their names.
    Names(Vec<String>),
    /// A text file with a name per line, or with `wnid words` as ImageNet's `synset_words.txt`; blank lines may end it.
    File(InnerPath),
}

/// A class with the names by which a label can mean it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ListedClass {
    /// Name in reports.
    pub(super) display: String,
    /// WordNet id, if the file gives one.
    pub(super) id: Option<String>,
}

impl ClassList {
    /// Limit on the number of classes.
    const MAX: usize = 1_000_000;

    /// The names of the classes; a file is found from the folder `root` on.
    ///
    /// # Errors
    /// A number out of range, a name listed twice, a file that cannot be read or has no name.
    pub fn names(&self, root: &Path) -> Result<Vec<String>, DatasetError> {
        Ok(self.classes(root)?.into_iter().map(|class| class.display).collect())
    }

    /// The classes; a file is found from the folder `root` on.
    ///
    /// # Errors
    /// A number out of range, a name listed twice, a file that cannot be read or has no name.
    pub(super) fn classes(&self, root: &Path) -> Result<Vec<ListedClass>, DatasetError> {
        let plain = |display: String| ListedClass { display, id: None };
        match self {
            Self::Count(count) if (1..=Self::MAX).contains(count) => {
                Ok((0..*count).map(|label| plain(label.to_string())).collect())
            }
            Self::Count(count) => {
                let problem = format!("{count} is out of range; write 1 to {}", Self::MAX);
                Err(DatasetError::option("classes", problem))
            }
            Self::Names(names) => {
                unique(names.iter().map(String::as_str), |name| {
                    DatasetError::option("classes", format!("`{name}` is listed twice; remove one"))
                })?;
                Ok(names.iter().map(|name| plain(composed(name))).collect())
            }
            Self::File(path) => read_class_names(&path.resolve(root)?),
        }
    }
}

/// Reads class names from a text file: a name per line, or, if every line has one, a WordNet id and words.
///
/// # Errors
/// A file that cannot be read, is not UTF-8, has a blank line before another, no name, or one twice.
fn read_class_names(path: &Path) -> Result<Vec<ListedClass>, DatasetError> {
    let lines = Lines::read(path)?;
    let lines: Vec<String> = lines.counted()?.into_iter().map(|line| composed(line.text)).collect();
    if lines.is_empty() {
        return Err(DatasetError::file(path, "has no class name; write one per line"));
    }
    unique(lines.iter().map(String::as_str), |name| {
        DatasetError::file(path, format!("has the class `{name}` twice; remove one"))
    })?;
    let known: Option<Vec<(String, String)>> = lines.iter().map(|line| with_id(line)).collect();
    Ok(match known {
        Some(known) => {
            let ids = known.iter().map(|(id, _)| Some(id.clone()));
            display_names(&known)
                .into_iter()
                .zip(ids)
                .map(|(display, id)| ListedClass { display, id })
                .collect()
        }
        None => lines.iter().map(|line| ListedClass { display: line.clone(), id: None }).collect(),
    })
}

/// Splits `n01440764 tench, Tinca tinca` into the WordNet id and the words.
fn with_id(line: &str) -> Option<(String, String)> {
    let (id, words) = line.split_once([' ', '\t'])?;
    let digits = id.strip_prefix('n')?;
    (digits.len() == 8 && digits.bytes().all(|digit| digit.is_ascii_digit()))
        .then(|| (id.to_string(), words.trim().to_string()))
}

fn unique<'a>(
    names: impl Iterator<Item = &'a str>,
    twice: impl Fn(&str) -> DatasetError,
) -> Result<(), DatasetError> {
    let mut known = std::collections::HashSet::new();
    for name in names {
        if !known.insert(name) {
            return Err(twice(name));
        }
    }
    Ok(())
}

impl<'de> Deserialize<'de> for ClassList {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Forms;

        impl<'de> Visitor<'de> for Forms {
            type Value = ClassList;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a number of classes, a list of names or a file of names")
            }

            fn visit_u64<E: Error>(self, value: u64) -> Result<ClassList, E> {
                let count = usize::try_from(value).ok().filter(|count| (1..=ClassList::MAX).contains(count));
                count.map(ClassList::Count).ok_or_else(|| {
                    E::custom(format!("{value} classes are out of range; write 1 to {}", ClassList::MAX))
                })
            }

            fn visit_i64<E: Error>(self, value: i64) -> Result<ClassList, E> {
                match u64::try_from(value) {
                    Ok(value) => self.visit_u64(value),
                    Err(_) => Err(E::custom(format!("{value} classes are out of range; write 1 or more"))),
                }
            }

            fn visit_str<E: Error>(self, value: &str) -> Result<ClassList, E> {
                match value.is_empty() {
                    true => Err(E::custom("a path must not be empty; name a file of class names")),
                    false => Ok(ClassList::File(InnerPath::new(value))),
                }
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<ClassList, A::Error> {
                let mut names = Vec::new();
                while let Some(name) = seq.next_element()? {
                    names.push(name);
                }
                Ok(ClassList::Names(names))
            }
        }
        deserializer.deserialize_any(Forms)
    }
}

impl JsonSchema for ClassList {
    fn schema_name() -> Cow<'static, str> {
        "ClassList".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "The classes in label order: their number, a list of names, or a text file with a name per \
                            line (or `wnid words` as ImageNet's synset_words.txt).",
            "anyOf": [
                { "type": "integer", "minimum": 1, "maximum": Self::MAX },
                { "type": "array", "items": { "type": "string" } },
                { "type": "string", "minLength": 1 },
            ],
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Vec<ListedClass>, String> {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("names.txt"), text).unwrap();
        let list = ClassList::File(InnerPath::new("names.txt"));
        list.classes(folder.path()).map_err(|error| error.to_string().rsplit('/').next().unwrap().to_string())
    }

    #[test]
    fn files_have_a_name_or_an_id_and_words_per_line() {
        let displays = |text: &str| -> Vec<String> {
            read(text).unwrap().into_iter().map(|class| class.display).collect()
        };
        assert_eq!(displays("cat\n  dog  \r\n\n"), ["cat", "dog"]);
        assert_eq!(
            displays("\u{feff}great white shark, white shark\ncat"),
            ["great white shark, white shark", "cat"]
        );
        assert_eq!(displays("n01440764 tench, Tinca tinca\nn02012849 crane\n\n"), ["tench", "crane"]);
        let ids: Vec<_> = read("n01440764 tench\n").unwrap().into_iter().map(|class| class.id).collect();
        assert_eq!(ids, [Some("n01440764".to_string())]);
    }

    #[test]
    fn errors_name_the_file_and_the_remedy() {
        assert_eq!(read("\n \n"), Err("names.txt: has no class name; write one per line".into()));
        assert_eq!(read("cat\ncat\n"), Err("names.txt: has the class `cat` twice; remove one".into()));
        let count = |count| ClassList::Count(count).classes(Path::new("")).map(|classes| classes.len());
        assert_eq!(count(1000).unwrap(), 1000);
        assert!(count(0).is_err() && count(2_000_000).is_err());
    }

    #[test]
    fn all_three_forms_are_read_and_written() {
        for text in ["classes = 1000\n", "classes = [\"cat\", \"dog\"]\n", "classes = \"names.txt\"\n"] {
            let table: std::collections::BTreeMap<String, ClassList> = toml::from_str(text).unwrap();
            assert_eq!(toml::to_string(&table).unwrap(), text);
        }
        let wrong = toml::from_str::<std::collections::BTreeMap<String, ClassList>>("classes = 0\n");
        assert!(wrong.unwrap_err().to_string().contains("0 classes are out of range"));
    }
}
