use std::collections::BTreeMap;

/// A value that is the same for all rows of an artefact, or measured for one of them.
#[derive(Debug, Clone, PartialEq)]
pub enum Name {
    /// A name from the experiment file.
    Text(String),
    /// A whole number, such as a seed.
    Whole(i64),
    /// A measured number.
    Real(f64),
}

impl From<&str> for Name {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

/// The names of an artefact in a report: values by the columns that they are joined to.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Names(BTreeMap<String, Name>);

impl Names {
    /// The value of a column.
    pub fn get(&self, column: &str) -> Option<&Name> {
        self.0.get(column)
    }

    /// The text of a column; empty if there is none.
    pub fn text(&self, column: &str) -> &str {
        match self.0.get(column) {
            Some(Name::Text(text)) => text,
            _ => "",
        }
    }

    /// Sets the value of a column.
    pub fn set(&mut self, column: &str, value: impl Into<Name>) {
        self.0.insert(column.to_owned(), value.into());
    }

    /// The names with another value for a column.
    #[must_use]
    pub fn with(mut self, column: &str, value: impl Into<Name>) -> Self {
        self.set(column, value);
        self
    }
}
