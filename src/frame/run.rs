use super::row::frame;

frame! {
    /// `run.parquet`: provenance of the report, as keys and values.
    RunRow in "run.parquet" {
        /// Name of the fact: `experiment`, `question`, `file` (path of the experiment file), `toml` (the resolved
        /// configuration), `as_written`, `failed`, `missing`, steps of the source article (`step A9 ...`), and the lines of the report's provenance.
        key: String,
        /// Value.
        value: String,
    }
}

impl RunRow {
    /// Key of the experiment's name.
    pub const EXPERIMENT: &str = "experiment";
    /// Key of the experiment's question.
    pub const QUESTION: &str = "question";
    /// Key of the experiment file's path.
    pub const EXPERIMENT_FILE: &str = "file";
    /// Key of the resolved configuration, defaults included.
    pub const TOML: &str = "toml";
    /// Key of the configuration as the user wrote it.
    pub const AS_WRITTEN: &str = "as_written";
    /// Key of a stage that failed, with its cause.
    pub const FAILED: &str = "failed";
    /// Key of a stage that did not run, with the failed one that it needs.
    pub const MISSING: &str = "missing";
    /// Prefix of the keys of the source article's steps; the step's name follows.
    pub const STEP: &str = "step ";

    /// The source article's step of the row, such as `A9 polynomial correction`; `None` for other rows.
    pub fn step(&self) -> Option<&str> {
        self.key.strip_prefix(Self::STEP)
    }

    /// A row with the text of `value`.
    pub fn new(key: impl Into<String>, value: impl ToString) -> Self {
        Self { key: key.into(), value: value.to_string() }
    }

    /// The value of `key`; empty if there is none.
    pub fn find<'a>(rows: &'a [Self], key: &str) -> &'a str {
        rows.iter().find(|row| row.key == key).map_or("", |row| &row.value)
    }
}
