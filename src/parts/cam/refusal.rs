/// An invalid option, reported to the author of the experiment file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// Key of the option, dotted where it is nested.
    pub option: &'static str,
    /// Description of the problem, with the offending value.
    pub message: String,
    /// Suggested correction.
    pub remedy: &'static str,
}

impl Refusal {
    /// A refusal of one option.
    pub fn new(option: &'static str, message: impl Into<String>, remedy: &'static str) -> Self {
        Self { option, message: message.into(), remedy }
    }

    /// Returns the refusal unless `holds`.
    pub(super) fn unless(
        holds: bool,
        option: &'static str,
        message: impl Into<String>,
        remedy: &'static str,
    ) -> Result<(), Self> {
        if holds { Ok(()) } else { Err(Self::new(option, message, remedy)) }
    }
}
