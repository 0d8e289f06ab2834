//! The files that describe a YOLO data set: `data.yaml` or a list of classes.

use std::path::{Path, PathBuf};

use yaml_rust2::{Yaml, YamlLoader};

use crate::error::DatasetError;
use crate::lines::Lines;
use crate::{files, text};

/// Content of `data.yaml`.
#[derive(Debug, Default)]
pub(super) struct YoloConfig {
    /// Folder that the entries are relative to, as written.
    pub(super) path: Option<String>,
    /// Folders or lists of images of the split.
    pub(super) entries: Vec<String>,
    pub(super) classes: Vec<String>,
}

/// Reads `data.yaml`; `split` is the key of the images.
///
/// # Errors
/// Text that is not YAML, or a key that is missing or of another type.
pub(super) fn read(path: &Path, split: &str) -> Result<YoloConfig, DatasetError> {
    let text = text::read(path)?;
    let wrong = |problem: String| DatasetError::file(path, problem);
    let documents = YamlLoader::load_from_str(&text).map_err(|error| DatasetError::Row {
        path: path.to_path_buf(),
        line: error.marker().line() as u64,
        problem: format!("is not valid YAML: {}", error.info()),
    })?;
    let Some(document) = documents.first().filter(|document| document.as_hash().is_some()) else {
        return Err(wrong("holds no keys; it needs `train` or `val`, and `names`".to_owned()));
    };
    let classes = names(&document["names"]).map_err(&wrong)?;
    match &document["nc"] {
        Yaml::Integer(count) if usize::try_from(*count) != Ok(classes.len()) => {
            return Err(wrong(format!("`nc` is {count}, but `names` has {}", classes.len())));
        }
        _ => {}
    }
    let entries = match &document[split] {
        Yaml::String(entry) => vec![entry.clone()],
        Yaml::Array(entries) => {
            let text = |entry: &Yaml| entry.as_str().map(str::to_owned);
            let all: Option<Vec<String>> = entries.iter().map(text).collect();
            all.ok_or_else(|| {
                wrong(format!("`{split}` must be a folder, a list of images, or several of them"))
            })?
        }
        Yaml::BadValue | Yaml::Null => {
            let keys = document.as_hash().into_iter().flatten().filter_map(|(key, _)| key.as_str());
            let keys: Vec<&str> = keys.filter(|key| !["names", "nc", "path"].contains(key)).collect();
            let problem = format!("has no `{split}`, but {}; check `split`", keys.join(", "));
            return Err(wrong(problem));
        }
        _ => return Err(wrong(format!("`{split}` must be a folder, a list of images, or several of them"))),
    };
    let path = match &document["path"] {
        Yaml::String(path) => Some(path.clone()),
        Yaml::BadValue | Yaml::Null => None,
        _ => return Err(wrong("`path` must be a folder".to_owned())),
    };
    Ok(YoloConfig { path, entries, classes })
}

/// Class names from a list or a map of numbers.
fn names(names: &Yaml) -> Result<Vec<String>, String> {
    let text = |name: &Yaml| match name {
        Yaml::String(name) | Yaml::Real(name) => Ok(name.clone()),
        Yaml::Integer(number) => Ok(number.to_string()),
        Yaml::Boolean(value) => {
            Err(format!("the class name `{value}` is a truth value of YAML; put it in quotes"))
        }
        _ => Err("`names` holds a value that is no name".to_owned()),
    };
    let found: Vec<String> = match names {
        Yaml::Array(names) => names.iter().map(text).collect::<Result<_, _>>()?,
        Yaml::Hash(names) => {
            let mut found = vec![None; names.len()];
            for (key, name) in names {
                let number = match key {
                    Yaml::Integer(number) => usize::try_from(*number).ok(),
                    Yaml::String(number) => number.parse().ok(),
                    _ => None,
                };
                let written = number.map_or_else(|| "another key".to_owned(), |number| number.to_string());
                let place = number.and_then(|number| found.get_mut(number)).ok_or_else(|| {
                    format!(
                        "`names` must number the classes from 0 to {} without gaps, found {written}",
                        names.len() - 1
                    )
                })?;
                *place = Some(text(name)?);
            }
            found.into_iter().collect::<Option<_>>().ok_or("`names` numbers a class twice")?
        }
        _ => return Err("has no `names`, a list or map of the classes; add it".to_owned()),
    };
    match found.is_empty() {
        true => Err("`names` is empty".to_owned()),
        false => Ok(found),
    }
}

/// Class names from `classes.txt`, one per line, where there is one.
///
/// # Errors
/// A list that cannot be read, or is empty.
pub(super) fn listed_classes(root: &Path) -> Result<Option<Vec<String>>, DatasetError> {
    let all = ["classes.txt", "labels/classes.txt"].map(|name| root.join(name));
    let Some(list) = all.iter().find(|list| files::is_file(list)) else { return Ok(None) };
    let lines = Lines::read(list)?;
    let classes: Vec<String> = lines.iter().map(|line| line.text.to_owned()).collect();
    match classes.is_empty() {
        true => Err(DatasetError::file(list, "lists no class")),
        false => Ok(Some(classes)),
    }
}

impl YoloConfig {
    /// The folder that holds the first entry, and the entries as they are found from there.
    ///
    /// # Errors
    /// An entry that does not exist.
    pub(super) fn located(&self, config: &Path, root: &Path) -> Result<(PathBuf, Vec<String>), DatasetError> {
        let beside = config.parent().unwrap_or(root).to_path_buf();
        let declared = self.path.as_ref().map(|path| beside.join(path.replace('\\', "/")));
        let folders: Vec<PathBuf> = declared.into_iter().chain([beside]).collect();
        let there = |path: PathBuf| files::is_file(&path) || files::is_folder(&path);
        for folder in &folders {
            let found = |entry: &String| {
                let entry = entry.replace('\\', "/");
                // Some exporters write a step up that leads nowhere.
                let inner = entry.trim_start_matches("../").to_owned();
                [entry, inner].into_iter().find(|entry| there(folder.join(entry)))
            };
            let entries: Option<Vec<String>> = self.entries.iter().map(found).collect();
            if let Some(entries) = entries {
                return Ok((folder.clone(), entries));
            }
        }
        let folders: Vec<String> = folders.iter().map(|folder| folder.display().to_string()).collect();
        let problem = format!(
            "{} is not in {}; correct `path` or the entry",
            self.entries.join(", "),
            folders.join(" or ")
        );
        Err(DatasetError::file(config, problem))
    }
}
