use std::fmt::{Display, Formatter, Result, Write as _};
use std::ops::Range;

use super::lexer::in_word;

/// A condition on a row of results. Printed, it is an expression that parses to the same.
#[derive(Debug, Clone, PartialEq)]
pub enum Expression {
    /// All of two or more hold.
    And(Vec<Expression>),
    /// One of two or more holds.
    Or(Vec<Expression>),
    /// The inner one does not hold.
    Not(Box<Expression>),
    /// The column has a value: `has("max-box-acc-v2")`.
    Has(NameInExpression),
    /// The column is `true`: its name alone.
    Holds(NameInExpression),
    /// A comparison of a column with a value.
    Compare(NameInExpression, Operator, Literal),
    /// The column has one of some values.
    In(NameInExpression, Vec<Literal>),
}

/// A comparison with one value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operator {
    /// Equal.
    Equal,
    /// Not equal.
    NotEqual,
    /// Less.
    Less,
    /// Less or equal.
    AtMost,
    /// Greater.
    Greater,
    /// Greater or equal.
    AtLeast,
    /// A text contains another, or a list an element.
    Contains,
    /// A text matches a pattern with `*` and `?`.
    Matches,
}

impl Operator {
    /// Every operator with its sign or word.
    pub const ALL: [(Self, &'static str); 8] = [
        (Self::Equal, "=="),
        (Self::NotEqual, "!="),
        (Self::Less, "<"),
        (Self::AtMost, "<="),
        (Self::Greater, ">"),
        (Self::AtLeast, ">="),
        (Self::Contains, "contains"),
        (Self::Matches, "matches"),
    ];

    /// The sign or word.
    pub fn as_str(self) -> &'static str {
        Self::ALL.into_iter().find(|(operator, _)| *operator == self).map_or("", |(_, sign)| sign)
    }
}

/// The name of a column in an expression. Names are equal wherever they stand.
#[derive(Debug, Clone)]
pub struct NameInExpression {
    /// The name as written.
    pub text: String,
    /// Its bytes in the expression.
    pub span: Range<usize>,
}

impl PartialEq for NameInExpression {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

/// A value that a column is compared with. Values are equal wherever they stand.
#[derive(Debug, Clone)]
pub struct Literal {
    /// The value as text.
    pub text: String,
    /// The number that it is; `None` for texts in quotes and for words.
    pub number: Option<f64>,
    /// Its bytes in the expression.
    pub span: Range<usize>,
}

impl PartialEq for Literal {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text && self.number == other.number
    }
}

impl Literal {
    /// A value without quotes.
    pub(super) fn bare(text: &str, span: Range<usize>) -> Self {
        let begins = text.starts_with(|letter: char| letter.is_ascii_digit() || "+-.".contains(letter));
        let number = text.replace('_', "").parse().ok().filter(|number: &f64| begins && number.is_finite());
        Self { text: text.to_owned(), number, span }
    }

    /// The number that it can be compared as; a text in quotes may be one too.
    pub fn as_number(&self) -> Option<f64> {
        self.number.or_else(|| self.text.trim().parse().ok().filter(|number: &f64| number.is_finite()))
    }
}

/// Words that cannot be the bare name of a column.
pub(super) const KEYWORDS: [&str; 7] = ["and", "or", "not", "in", "contains", "matches", "has"];

impl Display for NameInExpression {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        let plain = !self.text.is_empty()
            && self.text.chars().all(in_word)
            && !KEYWORDS.contains(&self.text.to_lowercase().as_str());
        if plain { f.write_str(&self.text) } else { quoted(f, &self.text, '`') }
    }
}

impl Display for Literal {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        if self.number.is_some() { f.write_str(&self.text) } else { quoted(f, &self.text, '"') }
    }
}

fn quoted(f: &mut Formatter<'_>, text: &str, quote: char) -> Result {
    f.write_char(quote)?;
    for letter in text.chars() {
        if letter == quote || letter == '\\' {
            f.write_char('\\')?;
        }
        f.write_char(letter)?;
    }
    f.write_char(quote)
}

impl Display for Expression {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        match self {
            Self::Or(parts) => joined(f, parts, " or ", |part| matches!(part, Self::Or(_))),
            Self::And(parts) => joined(f, parts, " and ", |part| matches!(part, Self::Or(_) | Self::And(_))),
            Self::Not(inner) => {
                f.write_str("not ")?;
                bracketed(f, inner, matches!(**inner, Self::Or(_) | Self::And(_)))
            }
            Self::Has(name) => {
                f.write_str("has(")?;
                quoted(f, &name.text, '"')?;
                f.write_str(")")
            }
            Self::Holds(name) => write!(f, "{name}"),
            Self::Compare(name, operator, literal) => write!(f, "{name} {} {literal}", operator.as_str()),
            Self::In(name, literals) => {
                write!(f, "{name} in [")?;
                for (place, literal) in literals.iter().enumerate() {
                    write!(f, "{}{literal}", if place > 0 { ", " } else { "" })?;
                }
                f.write_str("]")
            }
        }
    }
}

fn joined(
    f: &mut Formatter<'_>,
    parts: &[Expression],
    word: &str,
    needs_brackets: impl Fn(&Expression) -> bool,
) -> Result {
    for (place, part) in parts.iter().enumerate() {
        if place > 0 {
            f.write_str(word)?;
        }
        bracketed(f, part, needs_brackets(part))?;
    }
    Ok(())
}

fn bracketed(f: &mut Formatter<'_>, part: &Expression, brackets: bool) -> Result {
    if brackets { write!(f, "({part})") } else { write!(f, "{part}") }
}
