//! Filter expressions: `network == "resnet50" and maxboxaccv2 > 60`.

mod compare;
mod error;
mod lexer;
mod parser;
mod syntax;

pub use compare::{FieldValue, holds};
pub use error::ExpressionError;
pub use parser::parse;
pub use syntax::{Expression, Literal, NameInExpression, Operator};

/// A name without case, `-`, `_` and spaces: names of columns and metrics that agree in this are one.
pub fn folded(name: &str) -> String {
    let counts = |letter: &char| !matches!(letter, '-' | '_') && !letter.is_whitespace();
    name.chars().filter(counts).flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests;
