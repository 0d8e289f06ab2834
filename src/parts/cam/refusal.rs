/// Options that mean nothing: what a plan tells the person who wrote them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// The option, dotted where it lies deeper.
    pub option: &'static str,
    /// What is wrong.
    pub message: String,
    /// What to write in its place.
    pub remedy: &'static str,
}

impl Refusal {
    /// A refusal of one option.
    pub fn new(option: &'static str, message: impl Into<String>, remedy: &'static str) -> Self {
        Self { option, message: message.into(), remedy }
    }

    /// Refuses unless `holds`.
    pub(super) fn unless(
        holds: bool,
        option: &'static str,
        message: impl Into<String>,
        remedy: &'static str,
    ) -> Result<(), Self> {
        if holds { Ok(()) } else { Err(Self::new(option, message, remedy)) }
    }
}
