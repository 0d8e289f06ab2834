//! Map files of a data set's images in a folder.

use std::collections::HashMap;
use std::path::{Component, Path, PathBuf};

use thiserror::Error;
use unicode_normalization::UnicodeNormalization as _;
use walkdir::WalkDir;

use super::format::MapFormat;
use super::pattern::{FilePattern, PatternImage};

/// The files of one format below a folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MapFolder {
    root: PathBuf,
    /// Relative names with `/`, sorted.
    names: Vec<Box<str>>,
}

/// The map file of each image.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundMaps {
    root: PathBuf,
    names: Vec<Option<Box<str>>>,
    /// Ids of images without a file, in the images' order.
    pub missing: NameSample,
    /// Files of the format that belong to no image, sorted.
    pub surplus: NameSample,
}

/// The number of some names, and the first of them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct NameSample {
    /// Number of names.
    pub count: usize,
    /// The first [`NameSample::SHOWN`] names.
    pub first: Vec<String>,
}

/// A folder that cannot be listed, or whose files belong to no image alone.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum MapFolderError {
    /// No folder.
    #[error("{}: no such folder of maps; check `root`", .0.display())]
    NoFolder(PathBuf),
    /// The operating system cannot list the folder.
    #[error("{}: cannot list the maps: {cause}; check the permissions and links below `root`", path.display())]
    Unreadable {
        /// The folder or file.
        path: PathBuf,
        /// The system's error.
        cause: String,
    },
    /// Two images share a file.
    #[error(
        "{}: the images `{first}` and `{second}` share this map under pattern = \"{pattern}\"; use {{path}} or \
         {{id}}, which tell them apart",
        path.display()
    )]
    Shared {
        /// The file.
        path: PathBuf,
        /// Id of the image that comes first.
        first: String,
        /// Id of the other image.
        second: String,
        /// The pattern.
        pattern: String,
    },
}

impl MapFolder {
    /// Lists the files below `root` that have the extension of `format`, in capitals or not. Links are followed. Keeps
    /// the names and nothing else.
    ///
    /// # Errors
    /// A folder that does not exist or cannot be listed.
    pub fn open(root: &Path, format: MapFormat) -> Result<Self, MapFolderError> {
        if !root.is_dir() {
            return Err(MapFolderError::NoFolder(root.to_path_buf()));
        }
        let mut names = Vec::new();
        for entry in WalkDir::new(root).follow_links(true) {
            let entry = entry.map_err(|error| MapFolderError::Unreadable {
                path: error.path().unwrap_or(root).to_path_buf(),
                cause: error.io_error().map_or_else(|| error.to_string(), ToString::to_string),
            })?;
            let extension = entry.path().extension();
            let ours = extension.is_some_and(|extension| extension.eq_ignore_ascii_case(format.extension()));
            if ours && entry.file_type().is_file() {
                let inner = entry.path().strip_prefix(root).unwrap_or(entry.path());
                names.push(relative_name(inner).into_boxed_str());
            }
        }
        names.sort_unstable();
        Ok(Self { root: root.to_path_buf(), names })
    }

    /// Number of files.
    pub fn len(&self) -> usize {
        self.names.len()
    }

    /// `true` if there is no file of the format.
    pub fn is_empty(&self) -> bool {
        self.names.is_empty()
    }

    /// Finds the file of each image. A name that no file has is compared once more by its composed characters (NFC),
    /// since some systems store names decomposed.
    ///
    /// # Errors
    /// Two images that share a file.
    pub fn find<'a>(
        &self,
        pattern: &FilePattern,
        images: impl IntoIterator<Item = PatternImage<'a>>,
    ) -> Result<FoundMaps, MapFolderError> {
        let composed = self.composed();
        let mut owners: Vec<Option<&str>> = vec![None; self.names.len()];
        let (mut names, mut missing) = (Vec::new(), NameSample::default());
        for image in images {
            let Some(at) = self.position(&pattern.name(image), &composed) else {
                names.push(None);
                missing.add(image.id);
                continue;
            };
            if let Some(first) = owners[at].replace(image.id) {
                return Err(MapFolderError::Shared {
                    path: self.root.join(&*self.names[at]),
                    first: first.to_owned(),
                    second: image.id.to_owned(),
                    pattern: pattern.to_string(),
                });
            }
            names.push(Some(self.names[at].clone()));
        }
        let mut surplus = NameSample::default();
        for (name, _) in self.names.iter().zip(&owners).filter(|(_, owner)| owner.is_none()) {
            // Systems leave hidden files beside those of the user.
            if !name.split('/').any(|part| part.starts_with('.')) {
                surplus.add(name);
            }
        }
        Ok(FoundMaps { root: self.root.clone(), names, missing, surplus })
    }

    fn position(&self, name: &str, composed: &HashMap<String, usize>) -> Option<usize> {
        let exact = self.names.binary_search_by(|known| (**known).cmp(name)).ok();
        exact.or_else(|| match name.is_ascii() {
            true => None,
            false => composed.get(&name.nfc().collect::<String>()).copied(),
        })
    }

    /// Position of each name by its composed characters; names of ASCII have one form only and are left out. Of two
    /// names with the same characters, the first.
    fn composed(&self) -> HashMap<String, usize> {
        let mut positions = HashMap::new();
        for (at, name) in self.names.iter().enumerate().filter(|(_, name)| !name.is_ascii()) {
            positions.entry(name.nfc().collect()).or_insert(at);
        }
        positions
    }
}

/// The parts of a relative path, with `/` between them.
fn relative_name(path: &Path) -> String {
    let mut name = String::new();
    for part in path.components() {
        if let Component::Normal(part) = part {
            if !name.is_empty() {
                name.push('/');
            }
            name.push_str(&part.to_string_lossy());
        }
    }
    name
}

impl FoundMaps {
    /// Number of images.
    pub fn len(&self) -> usize {
        self.names.len()
    }

    /// `true` without images.
    pub fn is_empty(&self) -> bool {
        self.names.is_empty()
    }

    /// The file of an image, by its position among the images; `None` if it has none, or there is no such image.
    pub fn path(&self, image: usize) -> Option<PathBuf> {
        let name = self.names.get(image)?.as_ref()?;
        Some(self.root.join(&**name))
    }

    /// Relative name and path of every file that was found, in the images' order.
    pub fn files(&self) -> impl Iterator<Item = (&str, PathBuf)> {
        self.names.iter().flatten().map(|name| (&**name, self.root.join(&**name)))
    }
}

impl NameSample {
    /// Most names that are kept.
    pub const SHOWN: usize = 5;

    fn add(&mut self, name: &str) {
        if self.count < Self::SHOWN {
            self.first.push(name.to_owned());
        }
        self.count += 1;
    }
}

/// The first names, and the number of the others.
impl std::fmt::Display for NameSample {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let shown: Vec<String> = self.first.iter().map(|name| format!("`{name}`")).collect();
        f.write_str(&shown.join(", "))?;
        match self.count - self.first.len().min(self.count) {
            0 => Ok(()),
            more => write!(f, " and {more} more"),
        }
    }
}
