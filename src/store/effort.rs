/// Closeness of a stage to others that were measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Likeness {
    /// The same options but for seeds, and the same data.
    Options,
    /// The same size: network, input and whatever else decides how long a unit of work takes, on the same data.
    Data,
    /// The same size, on other data.
    Size,
    /// The same kind of stage, nothing else.
    Kind,
}

impl Likeness {
    /// Its name, as in JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::Options => "options",
            Self::Data => "data",
            Self::Size => "size",
            Self::Kind => "kind",
        }
    }

    /// Words that follow the name of the kind.
    pub(super) fn words(self) -> &'static str {
        match self {
            Self::Options => " with the same options",
            Self::Data => " of the same size on the same data",
            Self::Size => " of the same size",
            Self::Kind => "",
        }
    }
}

/// The work that a stage takes: a number of units, and the classes of stages that take about as long for a unit.
#[derive(Debug, Clone, PartialEq)]
pub struct Effort {
    /// Number of units, such as images or images times epochs.
    pub units: f64,
    /// Forward passes of changed images, where the stage is made of these.
    pub passes: Option<u64>,
    /// The classes, each by a hash, the narrowest first.
    pub(super) classes: Vec<(Likeness, String)>,
}

/// Hexadecimal digits of a class: enough that no two of some thousands are equal.
const DIGITS: usize = 20;

impl Effort {
    /// The work of a stage of some kind.
    pub fn new(kind: &str, units: f64) -> Self {
        let mut effort = Self { units, passes: None, classes: Vec::new() };
        effort.push(Likeness::Kind, kind);
        effort
    }

    /// Adds a class that is narrower than the kind: the stages of the kind with an equal text.
    #[must_use]
    pub fn like(mut self, likeness: Likeness, text: &str) -> Self {
        let kind = self.classes.last().map(|(_, kind)| kind.clone()).unwrap_or_default();
        self.push(likeness, &format!("{kind} {text}"));
        self
    }

    fn push(&mut self, likeness: Likeness, text: &str) {
        let hash = blake3::hash(format!("{likeness:?} {text}").as_bytes()).to_hex();
        self.classes.push((likeness, hash.chars().take(DIGITS).collect()));
        self.classes.sort_by_key(|(likeness, _)| *likeness);
    }
}
