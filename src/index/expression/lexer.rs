use std::ops::Range;

use super::error::ExpressionError;

/// A word, string or sign of an expression.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Lexeme {
    /// A bare word: a name, a keyword, a number or a text without quotes.
    Word(String),
    /// A text in `"` or `'`.
    Text(String),
    /// A name in backquotes.
    Name(String),
    /// `==`, `!=`, `<`, `<=`, `>`, `>=`, `~`, a bracket or a comma.
    Sign(&'static str),
}

/// The signs, longer ones before their beginnings.
const SIGNS: [&str; 12] = ["==", "!=", "<=", ">=", "<", ">", "~", "(", ")", "[", "]", ","];

/// Signs of other languages, and the word to write.
const OTHERS: [(&str, &str); 5] = [("=", "=="), ("&&", "and"), ("&", "and"), ("||", "or"), ("|", "or")];

/// `true` for a character that a bare word can contain.
pub(super) fn in_word(letter: char) -> bool {
    !letter.is_whitespace() && !letter.is_control() && !"=!<>~()[],&|\"'`".contains(letter)
}

/// The lexemes of an expression with their places.
///
/// # Errors
/// A quote that is not closed, or a character that has no meaning here.
pub(super) fn lexemes(text: &str) -> Result<Vec<(Lexeme, Range<usize>)>, ExpressionError> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(letter) = text[at..].chars().next() {
        let rest = &text[at..];
        let (lexeme, length) = if letter.is_whitespace() {
            at += letter.len_utf8();
            continue;
        } else if let Some(sign) = SIGNS.into_iter().find(|sign| rest.starts_with(sign)) {
            (Lexeme::Sign(sign), sign.len())
        } else if matches!(letter, '"' | '\'' | '`') {
            let (inside, length) = quoted(rest, letter).ok_or_else(|| {
                let message = format!("the quote {letter} is not closed");
                ExpressionError::new(text, at..text.len(), message, format!("end it with {letter}"))
            })?;
            (if letter == '`' { Lexeme::Name(inside) } else { Lexeme::Text(inside) }, length)
        } else {
            let length = rest.find(|letter| !in_word(letter)).unwrap_or(rest.len());
            if length == 0 {
                return Err(misplaced(text, at, letter));
            }
            (Lexeme::Word(rest[..length].to_owned()), length)
        };
        found.push((lexeme, at..at + length));
        at += length;
    }
    Ok(found)
}

/// The text between two quotes, and the number of bytes with both; a backslash takes away the meaning of the character
/// after it.
fn quoted(text: &str, quote: char) -> Option<(String, usize)> {
    let mut inside = String::new();
    let mut letters = text.char_indices().skip(1);
    while let Some((at, letter)) = letters.next() {
        match letter {
            '\\' => inside.push(letters.next()?.1),
            _ if letter == quote => return Some((inside, at + quote.len_utf8())),
            _ => inside.push(letter),
        }
    }
    None
}

fn misplaced(text: &str, at: usize, letter: char) -> ExpressionError {
    let found = OTHERS.into_iter().find(|(sign, _)| text[at..].starts_with(sign));
    match found {
        Some((sign, word)) => {
            let message = format!("`{sign}` is no operator of an expression");
            ExpressionError::new(text, at..at + sign.len(), message, format!("write `{word}`"))
        }
        None if letter == '!' => {
            let remedy = "write `not`, or `!=` for a comparison";
            ExpressionError::new(text, at..at + 1, "`!` is no operator of an expression", remedy)
        }
        None => {
            let message = format!("the character {letter:?} has no meaning here");
            ExpressionError::new(text, at..at + letter.len_utf8(), message, "write texts in quotes")
        }
    }
}
