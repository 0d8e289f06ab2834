use std::collections::BTreeMap;

/// A value that is the same for all rows of an artefact.
#[derive(Debug, Clone, PartialEq)]
pub enum NameValue {
    /// A name from the experiment file.
    Text(String),
    /// A whole number, such as a seed.
    Whole(i64),
}

impl NameValue {
    /// The text; `None` for a number.
    pub fn text(&self) -> Option<String> {
        match self {
            Self::Text(text) => Some(text.clone()),
            _ => None,
        }
    }

    /// The whole number; `None` for other values.
    pub fn whole(&self) -> Option<i64> {
        match self {
            Self::Whole(number) => Some(*number),
            _ => None,
        }
    }
}

impl From<&str> for NameValue {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

/// The names of an artefact in a report: values by the columns that they are joined to.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Names(BTreeMap<String, NameValue>);

impl Names {
    /// The value of a column.
    pub fn get(&self, column: &str) -> Option<&NameValue> {
        self.0.get(column)
    }

    /// The text of a column; empty if there is none.
    pub fn text(&self, column: &str) -> &str {
        match self.0.get(column) {
            Some(NameValue::Text(text)) => text,
            _ => "",
        }
    }

    /// Sets the value of a column.
    pub fn set(&mut self, column: &str, value: impl Into<NameValue>) {
        self.0.insert(column.to_owned(), value.into());
    }

    /// The names with another value for a column.
    #[must_use]
    pub fn with(mut self, column: &str, value: impl Into<NameValue>) -> Self {
        self.set(column, value);
        self
    }
}
