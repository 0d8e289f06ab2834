use std::ops::Range;

use super::error::ExpressionError;
use super::lexer::{Lexeme, lexemes};
use super::syntax::{Expression, KEYWORDS, Literal, NameInExpression, Operator};

/// Brackets and `not` inside each other, at most: deeper ones would end on the stack.
const DEPTH: usize = 100;

/// Parses a filter expression. `not` binds more than `and`, and `and` more than `or`.
///
/// # Errors
/// The first mistake, with its place.
pub fn parse(text: &str) -> Result<Expression, ExpressionError> {
    let mut parser = ExpressionParser { text, lexemes: lexemes(text)?, at: 0, depth: 0 };
    let expression = parser.any_of()?;
    match parser.lexemes.get(parser.at) {
        None => Ok(expression),
        Some((lexeme, span)) => Err(parser.unexpected(lexeme, span.clone())),
    }
}

struct ExpressionParser<'a> {
    text: &'a str,
    lexemes: Vec<(Lexeme, Range<usize>)>,
    at: usize,
    depth: usize,
}

impl ExpressionParser<'_> {
    fn any_of(&mut self) -> Result<Expression, ExpressionError> {
        let mut parts = vec![self.all_of()?];
        while self.word("or") {
            parts.push(self.all_of()?);
        }
        Ok(single(parts).unwrap_or_else(Expression::Or))
    }

    fn all_of(&mut self) -> Result<Expression, ExpressionError> {
        let mut parts = vec![self.negated()?];
        while self.word("and") {
            parts.push(self.negated()?);
        }
        Ok(single(parts).unwrap_or_else(Expression::And))
    }

    fn negated(&mut self) -> Result<Expression, ExpressionError> {
        self.depth += 1;
        if self.depth > DEPTH {
            let message = format!("more than {DEPTH} brackets and `not` inside each other");
            return Err(ExpressionError::new(self.text, self.place(), message, ""));
        }
        let found = if self.word("not") {
            Expression::Not(Box::new(self.negated()?))
        } else if self.sign("(") {
            let open = self.at - 1;
            let inner = self.any_of()?;
            self.closed(")", open)?;
            inner
        } else {
            self.condition()?
        };
        self.depth -= 1;
        Ok(found)
    }

    fn condition(&mut self) -> Result<Expression, ExpressionError> {
        if self.is_word("has") && self.peek(1) == Some(&Lexeme::Sign("(")) {
            self.at += 2;
            let open = self.at - 1;
            let name = self.name(true)?;
            self.closed(")", open)?;
            return Ok(Expression::Has(name));
        }
        let name = self.name(false)?;
        if self.is_word("not") && matches!(self.peek(1), Some(Lexeme::Word(word)) if is_inner(word)) {
            self.at += 1;
            return Ok(Expression::Not(Box::new(self.comparison(name)?)));
        }
        self.comparison(name)
    }

    fn comparison(&mut self, name: NameInExpression) -> Result<Expression, ExpressionError> {
        if self.word("in") {
            if !self.sign("[") {
                return Err(self.expected("a list", "write `in [\"a\", \"b\"]`"));
            }
            let open = self.at - 1;
            let mut literals = Vec::new();
            while self.peek(0).is_some_and(|next| *next != Lexeme::Sign("]")) {
                literals.push(self.literal()?);
                if !self.sign(",") {
                    break;
                }
            }
            self.closed("]", open)?;
            return Ok(Expression::In(name, literals));
        }
        match self.operator() {
            Some(operator) => Ok(Expression::Compare(name, operator, self.literal()?)),
            None => Ok(Expression::Holds(name)),
        }
    }

    fn operator(&mut self) -> Option<Operator> {
        let found = match self.peek(0)? {
            Lexeme::Sign("~") => Operator::Matches,
            Lexeme::Sign(sign) => Operator::ALL.into_iter().find(|(_, known)| known == sign)?.0,
            Lexeme::Word(word) => {
                Operator::ALL.into_iter().find(|(_, known)| word.eq_ignore_ascii_case(known))?.0
            }
            _ => return None,
        };
        self.at += 1;
        Some(found)
    }

    /// The name of a column; in `has(...)` also in quotes.
    fn name(&mut self, in_quotes: bool) -> Result<NameInExpression, ExpressionError> {
        let text = match self.peek(0) {
            Some(Lexeme::Word(word)) if !is_keyword(word) => word.clone(),
            Some(Lexeme::Name(name)) => name.clone(),
            Some(Lexeme::Text(name)) if in_quotes => name.clone(),
            Some(Lexeme::Text(_)) => {
                let remedy =
                    "write the column first: `network == \"resnet50\"`; backquotes hold a name with spaces";
                return Err(self.expected("the name of a column", remedy));
            }
            Some(Lexeme::Word(_)) => {
                return Err(
                    self.expected("the name of a column", "a column of this name stands in backquotes")
                );
            }
            _ => return Err(self.expected("the name of a column", "")),
        };
        let span = self.place();
        self.at += 1;
        Ok(NameInExpression { text, span })
    }

    fn literal(&mut self) -> Result<Literal, ExpressionError> {
        let span = self.place();
        let literal = match self.peek(0) {
            Some(Lexeme::Word(word)) => Literal::bare(word, span),
            Some(Lexeme::Text(text)) => Literal { text: text.clone(), number: None, span },
            _ => return Err(self.expected("a number or a text", "")),
        };
        self.at += 1;
        Ok(literal)
    }

    fn peek(&self, further: usize) -> Option<&Lexeme> {
        self.lexemes.get(self.at + further).map(|(lexeme, _)| lexeme)
    }

    fn is_word(&self, keyword: &str) -> bool {
        matches!(self.peek(0), Some(Lexeme::Word(word)) if word.eq_ignore_ascii_case(keyword))
    }

    fn word(&mut self, keyword: &str) -> bool {
        let found = self.is_word(keyword);
        self.at += usize::from(found);
        found
    }

    fn sign(&mut self, sign: &'static str) -> bool {
        let found = self.peek(0) == Some(&Lexeme::Sign(sign));
        self.at += usize::from(found);
        found
    }

    fn closed(&mut self, sign: &'static str, open: usize) -> Result<(), ExpressionError> {
        if self.sign(sign) {
            return Ok(());
        }
        if self.at < self.lexemes.len() {
            return Err(self.expected(&format!("`{sign}`"), ""));
        }
        let span = self.lexemes.get(open).map_or_else(|| self.place(), |(_, span)| span.clone());
        let message = format!("the bracket is not closed by `{sign}`");
        Err(ExpressionError::new(self.text, span, message, ""))
    }

    /// Bytes of the next lexeme; the end of the text after the last.
    fn place(&self) -> Range<usize> {
        let end = self.text.len();
        self.lexemes.get(self.at).map_or(end..end, |(_, span)| span.clone())
    }

    fn expected(&self, expected: &str, remedy: &str) -> ExpressionError {
        let span = self.place();
        let message = match self.text.get(span.clone()) {
            Some("") | None => format!("the expression ends where {expected} is expected"),
            Some(found) => format!("found `{found}` where {expected} is expected"),
        };
        ExpressionError::new(self.text, span, message, remedy)
    }

    fn unexpected(&self, lexeme: &Lexeme, span: Range<usize>) -> ExpressionError {
        let found = self.text.get(span.clone()).unwrap_or_default();
        let remedy = match lexeme {
            Lexeme::Sign(")" | "]") => "remove it, or open it before",
            _ => "join conditions with `and` or `or`; texts with spaces stand in quotes",
        };
        ExpressionError::new(self.text, span, format!("unexpected `{found}`"), remedy)
    }
}

fn single(mut parts: Vec<Expression>) -> Result<Expression, Vec<Expression>> {
    match parts.pop() {
        Some(only) if parts.is_empty() => Ok(only),
        last => {
            parts.extend(last);
            Err(parts)
        }
    }
}

fn is_keyword(word: &str) -> bool {
    KEYWORDS.iter().any(|keyword| word.eq_ignore_ascii_case(keyword))
}

/// `true` for a word that `not` can stand before, after the name of a column.
fn is_inner(word: &str) -> bool {
    ["in", "contains", "matches"].iter().any(|known| word.eq_ignore_ascii_case(known))
}
