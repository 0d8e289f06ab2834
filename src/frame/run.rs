use super::row::frame;

frame! {
    /// `run.parquet`: provenance of the report, as keys and values.
    RunRow in "run.parquet" {
        /// Name of the fact: `experiment`, `question`, `file` (path of the experiment file), `toml` (the resolved
        /// configuration), `as_written`, `failed`, `missing`, steps of the source article (`step A9 ...`), the images that
        /// choose something (`choice of epochs`), and the lines of
        /// the report's provenance: `camlab`, `build`, `Cargo.lock`, `commit of the experiment`, `command line`, `host`,
        /// `processor`, `processor features`, `instructions`, `threads`, `memory`, `system`, `begun`, `ended`, `seconds`,
        /// `plan`, which are about the run itself, `data`, `checkpoint` and others.
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
    /// Key of the number of evaluated images, where they have several labels and one row for each.
    pub const SEVERAL: &str = "images with several labels";
    /// Key of a stage that failed, with its cause.
    pub const FAILED: &str = "failed";
    /// Key of a stage that did not run, with the failed one that it needs.
    pub const MISSING: &str = "missing";
    /// Key of the hash of everything that the report depends on.
    pub const PLAN: &str = "plan";
    /// Key of camlab's version.
    pub const CAMLAB: &str = "camlab";
    /// Key of the build: commit, compiler, target, profile.
    pub const BUILD: &str = "build";
    /// Key of the digest of the build's Cargo.lock.
    pub const LOCK: &str = "Cargo.lock";
    /// Key of the commit of the experiment's repository.
    pub const COMMIT: &str = "commit of the experiment";
    /// Key of the command line.
    pub const COMMAND: &str = "command line";
    /// Key of the machine's name.
    pub const HOST: &str = "host";
    /// Key of the processor's name.
    pub const PROCESSOR: &str = "processor";
    /// Key of the processor's features that kernels can use.
    pub const FEATURES: &str = "processor features";
    /// Key of the instruction set that was used.
    pub const INSTRUCTIONS: &str = "instructions";
    /// Key of the number of threads.
    pub const THREADS: &str = "threads";
    /// Key of the machine's memory.
    pub const MEMORY: &str = "memory";
    /// Key of the operating system.
    pub const SYSTEM: &str = "system";
    /// Key of the time at which the run began.
    pub const BEGUN: &str = "begun";
    /// Key of the time at which the report was written.
    pub const ENDED: &str = "ended";
    /// Key of the run's wall-clock time.
    pub const SECONDS: &str = "seconds";
    /// The keys that differ between equal runs: code, machine, place and time.
    pub const VARYING: [&str; 17] = [
        Self::EXPERIMENT_FILE,
        Self::PLAN,
        Self::CAMLAB,
        Self::BUILD,
        Self::LOCK,
        Self::COMMIT,
        Self::COMMAND,
        Self::HOST,
        Self::PROCESSOR,
        Self::FEATURES,
        Self::INSTRUCTIONS,
        Self::THREADS,
        Self::MEMORY,
        Self::SYSTEM,
        Self::BEGUN,
        Self::ENDED,
        Self::SECONDS,
    ];
    /// Prefix of the keys of the source article's steps; the step's name follows.
    pub const STEP: &str = "step ";

    /// Prefix of the keys that say which images choose something: `choice of map thresholds`.
    pub const CHOICE: &str = "choice of ";

    /// The thing that is chosen by the images that the row names, such as `epochs`; `None` for other rows.
    pub fn choice(&self) -> Option<&str> {
        self.key.strip_prefix(Self::CHOICE)
    }

    /// The source article's step of the row, such as `A9 polynomial correction`; `None` for other rows.
    pub fn step(&self) -> Option<&str> {
        self.key.strip_prefix(Self::STEP)
    }

    /// `true` for a row that differs between equal runs.
    pub fn varies(&self) -> bool {
        Self::VARYING.contains(&self.key.as_str())
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
