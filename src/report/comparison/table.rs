use serde::Serialize;

/// One entry of a table of a comparison.
#[derive(Debug, Clone, Default, Serialize, PartialEq, Eq)]
pub struct ComparedEntry {
    /// The value or name.
    pub text: String,
    /// Smaller text below it, such as an interval; may be empty.
    pub below: String,
    /// `better` or `worse` for a significant difference, else empty.
    pub tone: &'static str,
}

impl ComparedEntry {
    /// An entry of a plain text.
    pub fn of(text: impl Into<String>) -> Self {
        Self { text: text.into(), ..Self::default() }
    }

    /// An entry of a value and smaller text below it.
    pub fn with(text: impl Into<String>, below: impl Into<String>) -> Self {
        Self { text: text.into(), below: below.into(), tone: "" }
    }
}

/// One line of a table of a comparison.
#[derive(Debug, Clone, Serialize)]
pub struct ComparedLine {
    /// The entries.
    pub entries: Vec<ComparedEntry>,
    /// `true` for a baseline.
    pub baseline: bool,
}

/// A heading.
#[derive(Debug, Clone, Serialize)]
pub struct ComparedHeading {
    /// Name.
    pub name: String,
    /// `true` for a column of words: left-aligned, and lines may break.
    pub words: bool,
}

/// A table of a comparison.
#[derive(Debug, Clone, Serialize)]
pub struct ComparedTable {
    /// Subject, such as a metric; may be empty.
    pub title: String,
    /// Columns.
    pub headings: Vec<ComparedHeading>,
    /// Lines.
    pub lines: Vec<ComparedLine>,
}

/// A section of a comparison.
#[derive(Debug, Clone, Serialize)]
pub struct ComparedSection {
    /// Anchor in the HTML page.
    pub id: &'static str,
    /// Heading.
    pub title: &'static str,
    /// Explanation above the tables.
    pub note: String,
    /// Tables.
    pub tables: Vec<ComparedTable>,
    /// Lines of text after the tables.
    pub remarks: Vec<String>,
}

impl ComparedTable {
    /// A table of words: keys and values.
    pub fn of_words(headings: Vec<String>, rows: Vec<Vec<String>>) -> Self {
        let heading = |name| ComparedHeading { name, words: true };
        let line = |row: Vec<String>| ComparedLine {
            entries: row.into_iter().map(ComparedEntry::of).collect(),
            baseline: false,
        };
        Self {
            title: String::new(),
            headings: headings.into_iter().map(heading).collect(),
            lines: rows.into_iter().map(line).collect(),
        }
    }
}
