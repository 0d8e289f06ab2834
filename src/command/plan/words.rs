//! Numbers in words.

use camlab::base::spoken;

/// An expected duration: `~40 s`, `<1 s`.
pub fn expected(seconds: f64) -> String {
    let words = spoken(seconds);
    if words.starts_with('<') { words } else { format!("~{words}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_told_as_a_person_would() {
        assert_eq!((expected(0.2), expected(40.4)), ("<1 s".into(), "~40 s".into()));
    }
}
