use std::path::Path;
use std::time::SystemTime;

use super::{Store, Working};
use camlab_base::stamp;

/// Cache of file digests, keyed by the files' metadata: a data set of fifty thousand photographs is read once, not at
/// every `camlab plan`.
#[derive(Debug)]
pub struct KnownSums {
    kept: Working,
    /// Start time of the check: the metadata of files changed just before it are not trusted.
    pub now: SystemTime,
}

impl KnownSums {
    /// The digests cached in a store, for a check of files that starts now.
    pub fn of(store: &Store) -> Self {
        Self { kept: store.known_sums(), now: SystemTime::now() }
    }

    /// A file's digest, cached or computed by `find`; `kind` names the hash function.
    ///
    /// # Errors
    /// Those of `find`.
    pub fn of_file<E>(
        &self,
        kind: &str,
        file: &Path,
        find: impl FnOnce() -> Result<String, E>,
    ) -> Result<String, E> {
        self.get(stamp(file, self.now).map(|stamp| format!("{kind} {stamp}")), find)
    }

    /// The digest of files with this stamp (a digest of their metadata): the cached one, or that computed by `find`,
    /// which is then cached. Without a stamp it is computed each time.
    ///
    /// # Errors
    /// Those of `find`.
    pub fn get<E>(
        &self,
        stamp: Option<String>,
        find: impl FnOnce() -> Result<String, E>,
    ) -> Result<String, E> {
        let Some(stamp) = stamp else { return find() };
        let name = blake3::hash(stamp.as_bytes()).to_hex();
        let known = self.kept.read(&name).ok().flatten().and_then(|bytes| String::from_utf8(bytes).ok());
        if let Some(known) = known.filter(|text| is_sum(text)) {
            return Ok(known);
        }
        let sum = find()?;
        // If the store is not writable, the digest is computed again next time: slower, but not an error.
        let _ = self.kept.write(&name, sum.as_bytes());
        Ok(sum)
    }
}

impl KnownSums {
    /// Text recorded for a key; `None` if there is none.
    pub fn recorded(&self, key: &str) -> Option<String> {
        let name = blake3::hash(key.as_bytes()).to_hex();
        let known = String::from_utf8(self.kept.read(&name).ok()??).ok()?;
        let (sum, text) = known.split_once('\n')?;
        (sum == blake3::hash(text.as_bytes()).to_hex().as_str()).then(|| text.to_owned())
    }

    /// Records a text for a key. If the store is not writable it is found again next time: slower, but not an error.
    pub fn record(&self, key: &str, text: &str) {
        let name = blake3::hash(key.as_bytes()).to_hex();
        let sum = blake3::hash(text.as_bytes()).to_hex();
        let _ = self.kept.write(&name, format!("{sum}\n{text}").as_bytes());
    }
}

/// `true` if a file holds a complete digest: 256 bits in hexadecimal digits.
fn is_sum(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use super::*;

    #[test]
    fn a_digest_is_found_once_for_a_stamp_and_each_time_without_one() {
        let folder = tempfile::tempdir().unwrap();
        let known = KnownSums::of(&Store::new(folder.path()));
        let mut found = 0;
        let mut get = |stamp: Option<&str>| {
            let sum = known.get(stamp.map(String::from), || {
                found += 1;
                Ok::<_, Infallible>(format!("{found:064x}"))
            });
            sum.unwrap()
        };
        assert_eq!(get(Some("a")), get(Some("a")));
        assert_ne!(get(Some("a")), get(Some("b")));
        assert_ne!(get(None), get(None));
        assert_eq!(found, 4);
    }

    #[test]
    fn half_a_digest_is_none() {
        let folder = tempfile::tempdir().unwrap();
        let known = KnownSums::of(&Store::new(folder.path()));
        let get = || known.get(Some("a".into()), || Ok::<_, Infallible>("0".repeat(64))).unwrap();
        let first = get();
        let file =
            walkdir::WalkDir::new(folder.path()).into_iter().flatten().find(|e| e.file_type().is_file());
        std::fs::write(file.unwrap().path(), "1111").unwrap();
        assert_eq!(get(), first);
    }
}
