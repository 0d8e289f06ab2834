use std::cmp::Ordering;

use camlab_base::glob;

use super::syntax::{Literal, Operator};

/// The value of a column in a row of results.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum FieldValue<'a> {
    /// A text.
    Text(&'a str),
    /// A number.
    Number(f64),
    /// `true` or `false`.
    Truth(bool),
    /// A text that is compared only as far as the other one goes: a time, a commit.
    Prefix(&'a str),
    /// A name, and another one that it also answers to.
    Either(&'a str, &'a str),
    /// A list of texts.
    Texts(&'a [String]),
}

/// `true` if a value compares with one literal as an operator says.
pub fn holds(value: FieldValue<'_>, operator: Operator, literal: &Literal) -> bool {
    if operator == Operator::NotEqual {
        return !holds(value, Operator::Equal, literal);
    }
    match value {
        FieldValue::Texts(texts) => {
            texts.iter().any(|text| element(FieldValue::Text(text), operator, literal))
        }
        FieldValue::Either(one, other) => {
            [one, other].into_iter().any(|name| of_text(name, operator, literal))
        }
        FieldValue::Text(text) => of_text(text, operator, literal),
        FieldValue::Prefix(text) if is_textual(operator) => of_text(text, operator, literal),
        FieldValue::Number(number) if is_textual(operator) => of_text(&number.to_string(), operator, literal),
        FieldValue::Truth(truth) if is_textual(operator) => of_text(&truth.to_string(), operator, literal),
        value => ordered(value, operator, literal),
    }
}

/// An element of a list contains a value if it is equal to it.
fn element(value: FieldValue<'_>, operator: Operator, literal: &Literal) -> bool {
    let operator = if operator == Operator::Contains { Operator::Equal } else { operator };
    holds(value, operator, literal)
}

fn is_textual(operator: Operator) -> bool {
    matches!(operator, Operator::Contains | Operator::Matches)
}

fn of_text(text: &str, operator: Operator, literal: &Literal) -> bool {
    match operator {
        Operator::Contains => text.contains(&literal.text),
        Operator::Matches => glob::matches(&literal.text, text),
        _ => ordered(FieldValue::Text(text), operator, literal),
    }
}

fn ordered(value: FieldValue<'_>, operator: Operator, literal: &Literal) -> bool {
    let Some(order) = order(value, literal) else { return false };
    match operator {
        Operator::Equal => order == Ordering::Equal,
        Operator::NotEqual => order != Ordering::Equal,
        Operator::Less => order == Ordering::Less,
        Operator::AtMost => order != Ordering::Greater,
        Operator::Greater => order == Ordering::Greater,
        Operator::AtLeast => order != Ordering::Less,
        Operator::Contains | Operator::Matches => false,
    }
}

/// The order of a value and a literal; `None` if they cannot be compared.
fn order(value: FieldValue<'_>, literal: &Literal) -> Option<Ordering> {
    match value {
        FieldValue::Number(number) => number.partial_cmp(&literal.as_number()?),
        FieldValue::Truth(truth) => {
            let other: bool = literal.text.to_lowercase().parse().ok()?;
            Some(truth.cmp(&other))
        }
        FieldValue::Prefix(text) => {
            // A time as it is printed has a space where RFC 3339 has a `T`.
            let other = literal.text.replace(' ', "T");
            let common = text.char_indices().nth(other.chars().count()).map_or(text, |(at, _)| &text[..at]);
            Some(common.cmp(other.as_str()))
        }
        FieldValue::Text(text) => {
            let numbers = literal.number.zip(text.parse::<f64>().ok());
            match numbers {
                Some((other, number)) => number.partial_cmp(&other),
                None => Some(text.cmp(literal.text.as_str())),
            }
        }
        FieldValue::Either(..) | FieldValue::Texts(_) => None,
    }
}
