//! Lines of a limited width.

/// Number of columns that a text takes, a character each.
pub fn width_of(text: &str) -> usize {
    text.chars().count()
}

/// A text filled up with spaces to a width, at its end or at its beginning.
pub fn pad(text: &str, width: usize, left_aligned: bool) -> String {
    let space = " ".repeat(width.saturating_sub(width_of(text)));
    if left_aligned { format!("{text}{space}") } else { format!("{space}{text}") }
}

/// Lines of at most `width` characters: broken at spaces; inside a word, after a dot or a slash, only if it is longer.
pub fn wrapped(text: &str, width: usize) -> Vec<String> {
    let width = width.max(1);
    let mut lines = vec![String::new()];
    for (place, word) in text.split(' ').enumerate() {
        let mut rest = word;
        while let Some(line) = lines.last_mut() {
            let gap = usize::from(place > 0 && rest.len() == word.len() && !line.is_empty());
            let room = width.saturating_sub(width_of(line) + gap);
            if width_of(rest) <= room {
                line.push_str(&" ".repeat(gap));
                line.push_str(rest);
                break;
            }
            if line.is_empty() {
                let end = break_of(rest, width);
                line.push_str(&rest[..end]);
                rest = &rest[end..];
            }
            lines.push(String::new());
        }
    }
    lines
}

/// Bytes of a word that fill a line: up to its last dot, slash or comma, if that is in the second half.
fn break_of(word: &str, width: usize) -> usize {
    let end = word.char_indices().nth(width).map_or(word.len(), |(at, _)| at);
    let half = word.char_indices().nth(width / 2).map_or(0, |(at, _)| at);
    let mark = word[..end].char_indices().rev().find(|(_, letter)| ['.', '/', ','].contains(letter));
    match mark {
        Some((at, _)) if at + 1 > half && at + 1 < word.len() => at + 1,
        _ => end,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_break_at_spaces_then_at_dots() {
        assert_eq!(wrapped("one two three", 7), ["one two", "three"]);
        assert_eq!(wrapped("init.kaiming.scheme", 13), ["init.kaiming.", "scheme"]);
        assert_eq!(wrapped("abcdefgh", 3), ["abc", "def", "gh"]);
        assert_eq!(wrapped("", 5), [""]);
        assert_eq!(wrapped("äöü äöü", 3), ["äöü", "äöü"]);
        assert_eq!([pad("a", 3, true), pad("a", 3, false), pad("abcd", 3, true)], ["a  ", "  a", "abcd"]);
    }
}
