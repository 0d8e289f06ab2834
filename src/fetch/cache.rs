use std::path::PathBuf;

use etcetera::base_strategy::{BaseStrategy as _, choose_native_strategy};

use super::FetchError;

/// Cache folder for downloads.
#[derive(Debug, Clone, Default)]
pub struct Cache {
    root: Option<PathBuf>,
}

impl Cache {
    /// Cache in `root`; `None` means `camlab` in the system's cache folder (`~/.cache` under Linux).
    pub fn new(root: Option<PathBuf>) -> Self {
        Self { root }
    }

    /// Path of the cached file of `url`; the file need not exist yet.
    ///
    /// # Errors
    /// [`FetchError::NoCache`] when no folder was given and the system has none.
    pub fn place(&self, url: &str) -> Result<PathBuf, FetchError> {
        let root = match &self.root {
            Some(root) => root.clone(),
            None => choose_native_strategy().map_err(|_| FetchError::NoCache)?.cache_dir().join("camlab"),
        };
        // The hash of the URL separates files of one name; the name is for people.
        let address = &blake3::hash(url.as_bytes()).to_hex()[..16];
        Ok(root.join("checkpoints").join(format!("{address}-{}", file_name(url))))
    }
}

/// Last part of a URL's path, reduced to characters that every file system accepts.
fn file_name(url: &str) -> String {
    let path = url.split(['?', '#']).next().unwrap_or(url);
    let name = path.rsplit('/').next().unwrap_or(path);
    let plain = |c: char| if c.is_ascii_alphanumeric() || "-_.".contains(c) { c } else { '_' };
    let name: String = name.chars().map(plain).take(100).collect();
    if name.is_empty() { "file".into() } else { name }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_address_has_one_place_and_a_name_that_people_know() {
        let cache = Cache::new(Some("cache".into()));
        let place = |url: &str| cache.place(url).unwrap();
        let (one, other) =
            (place("https://a.org/net-01234567.pth?x=/y"), place("https://b.org/net-01234567.pth"));
        assert_ne!(one, other);
        assert!(one.starts_with("cache/checkpoints") && one.to_string_lossy().ends_with("-net-01234567.pth"));
        assert!(place("https://a.org/..").parent().unwrap().ends_with("checkpoints"));
        assert!(place("https://a.org/").to_string_lossy().ends_with("-file"));
    }
}
