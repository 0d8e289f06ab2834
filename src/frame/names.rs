use std::sync::Arc;

/// A value that is the same for all rows of an artefact.
#[derive(Debug, Clone, PartialEq)]
pub enum NameValue {
    /// A name from the experiment file.
    Text(Arc<str>),
    /// A whole number, such as a seed.
    Whole(i64),
}

impl NameValue {
    /// The text; `None` for a number.
    pub fn text(&self) -> Option<String> {
        match self {
            Self::Text(text) => Some(text.to_string()),
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
        Self::Text(text.into())
    }
}

impl From<Arc<str>> for NameValue {
    fn from(text: Arc<str>) -> Self {
        Self::Text(text)
    }
}

/// The names of an artefact in a report: values by the columns that they are joined to. A handful of entries, and tens
/// of thousands of such lists in a big sweep.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Names(Vec<(&'static str, NameValue)>);

impl Names {
    /// The value of a column.
    pub fn get(&self, column: &str) -> Option<&NameValue> {
        self.0.iter().find(|(known, _)| *known == column).map(|(_, value)| value)
    }

    /// The text of a column; empty if there is none.
    pub fn text(&self, column: &str) -> &str {
        match self.get(column) {
            Some(NameValue::Text(text)) => text,
            _ => "",
        }
    }

    /// Sets the value of a column.
    pub fn set(&mut self, column: &'static str, value: impl Into<NameValue>) {
        match self.0.iter_mut().find(|(known, _)| *known == column) {
            Some((_, old)) => *old = value.into(),
            None => self.0.push((column, value.into())),
        }
    }

    /// The names with another value for a column.
    #[must_use]
    pub fn with(mut self, column: &'static str, value: impl Into<NameValue>) -> Self {
        self.set(column, value);
        self
    }
}
