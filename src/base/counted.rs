/// A number with its noun: `1 file`, `3 files`.
pub fn counted(number: usize, noun: &str) -> String {
    format!("{number} {noun}{}", if number == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::counted;

    #[test]
    fn one_is_singular() {
        assert_eq!((counted(1, "file"), counted(0, "map")), ("1 file".to_owned(), "0 maps".to_owned()));
    }
}
