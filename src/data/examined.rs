//! Results of reading every file of a data set once.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Digest of a data set's content, and remarks about images and annotations.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Examined {
    /// blake3 (hexadecimal) of everything the set can return; independent of file times and paths.
    pub digest: String,
    /// Images and annotations that were not taken as they are.
    pub remarks: Vec<Remark>,
}

/// Images or annotations of a data set that were left out, changed or doubted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Remark {
    /// The number and the decision, such as `3 images without objects left out`.
    pub text: String,
    /// Name of the first image.
    pub first: String,
}

impl fmt::Display for Remark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { text, first } = self;
        match first.is_empty() {
            true => f.write_str(text),
            false => write!(f, "{text}, such as `{first}`"),
        }
    }
}

/// Images or boxes of one kind, counted.
#[derive(Debug, Default)]
pub(super) struct Counted {
    count: usize,
    first: Option<String>,
}

impl Counted {
    /// Adds `count` of them, of the image `name`.
    pub(super) fn add(&mut self, count: usize, name: &str) {
        self.count += count;
        if count > 0 && self.first.is_none() {
            self.first = Some(name.to_owned());
        }
    }

    /// The remark, where there is one; `one` and `many` follow the number.
    pub(super) fn remark(self, one: &str, many: &str) -> Option<Remark> {
        let words = if self.count == 1 { one } else { many };
        let text = format!("{} {words}", self.count);
        (self.count > 0).then(|| Remark { text, first: self.first.unwrap_or_default() })
    }
}
