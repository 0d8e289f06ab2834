//! Names of images as lists write them.

use std::collections::HashMap;

use unicode_normalization::UnicodeNormalization as _;

/// A name with composed letters: the same for all encodings of it.
pub(super) fn composed(name: &str) -> String {
    name.nfc().collect()
}

/// Positions of names. Composed and decomposed letters are the same letters (`é` is one character or two, and file
/// systems change one into the other), as long as only one name is meant; so are `\` and `/`, and a leading `./` counts
/// for nothing.
#[derive(Debug, Default)]
pub(super) struct NameIndex {
    exact: HashMap<String, usize>,
    /// By composed letters, names of ASCII left out; `None` where several names have the same letters.
    composed: HashMap<String, Option<usize>>,
}

impl NameIndex {
    /// Adds a name; `false` if it is there already.
    pub(super) fn insert(&mut self, name: &str, position: usize) -> bool {
        if !name.is_ascii() {
            let composed = self.composed.entry(composed(name));
            composed.and_modify(|known| *known = None).or_insert(Some(position));
        }
        self.exact.insert(name.to_owned(), position).is_none()
    }

    /// Position of a name.
    pub(super) fn get(&self, name: &str) -> Option<usize> {
        self.exact.get(name).copied().or_else(|| {
            let plain = name.replace('\\', "/");
            let plain = plain.strip_prefix("./").unwrap_or(&plain);
            let exact = self.exact.get(plain).copied();
            exact.or_else(|| self.composed.get(&composed(plain)).copied().flatten())
        })
    }

    /// All names, sorted.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        let mut names: Vec<&str> = self.exact.keys().map(String::as_str).collect();
        names.sort_unstable();
        names.into_iter()
    }

    /// Names with the letters of `name` of which none is exactly it: they look the same.
    pub(super) fn look_alikes(&self, name: &str) -> usize {
        let composed = composed(name);
        match self.composed.get(&composed) {
            Some(None) => self.exact.keys().filter(|known| known.nfc().eq(composed.chars())).count(),
            _ => 0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_are_compared_and_not_their_encoding() {
        let (composed, decomposed) = ("caf\u{e9}.png", "cafe\u{301}.png");
        let mut index = NameIndex::default();
        assert!(index.insert(decomposed, 0) && index.insert("a/b.png", 1) && !index.insert("a/b.png", 2));
        assert_eq!(index.get(composed), Some(0));
        assert_eq!(
            [index.get("./a/b.png"), index.get("a\\b.png"), index.get("c.png")],
            [Some(2), Some(2), None]
        );
        // Both are there: only the exact one is meant.
        assert!(index.insert(composed, 3));
        assert_eq!([index.get(composed), index.get(decomposed)], [Some(3), Some(0)]);
        index.exact.remove(composed);
        assert_eq!((index.get(composed), index.look_alikes(composed)), (None, 1));
    }
}
