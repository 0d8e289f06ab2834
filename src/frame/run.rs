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

    /// Whether the row tells of a step of the article: `A9 polynomial correction`.
    pub fn is_step(&self) -> bool {
        let number = self.key.strip_prefix('A').and_then(|rest| rest.split(' ').next());
        number.is_some_and(|number| number.parse::<u32>().is_ok())
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
