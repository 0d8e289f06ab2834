use super::row::frame;

frame! {
    /// `run.parquet`: where the report comes from, as keys and values.
    RunRow in "run.parquet" {
        /// Key; [`RunRow::EXPERIMENT`] and the other constants have a place of their own in the report, any other
        /// key is a line of its provenance.
        key: String,
        /// Value.
        value: String,
    }
}

impl RunRow {
    /// Key of the experiment's name.
    pub const EXPERIMENT: &str = "experiment";
    /// Key of the question that the experiment asks.
    pub const QUESTION: &str = "question";
    /// Key of the resolved configuration: every value spelled out.
    pub const TOML: &str = "toml";
    /// Key of the configuration as the user wrote it.
    pub const AS_WRITTEN: &str = "as_written";
    /// What the key of a step of the article starts with; its name follows.
    pub const STEP: &str = "step ";

    /// The step of the article that the row tells of, `A9 polynomial correction`; none of any other row.
    pub fn step(&self) -> Option<&str> {
        self.key.strip_prefix(Self::STEP)
    }

    /// A row from anything that reads as text.
    pub fn new(key: impl Into<String>, value: impl ToString) -> Self {
        Self { key: key.into(), value: value.to_string() }
    }

    /// The value of `key`, or an empty text.
    pub fn find<'a>(rows: &'a [Self], key: &str) -> &'a str {
        rows.iter().find(|row| row.key == key).map_or("", |row| &row.value)
    }
}
