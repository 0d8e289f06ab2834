use super::column::RunColumn;
use super::expression::{
    Expression, ExpressionError, FieldValue, Literal, NameInExpression, Operator, holds, parse,
};
use super::listing::{ListColumn, ListedRow, RunListing};

/// An expression whose names are columns of a list.
#[derive(Debug)]
pub enum RowCondition {
    /// All hold.
    All(Vec<RowCondition>),
    /// One holds.
    Any(Vec<RowCondition>),
    /// It does not hold.
    Not(Box<RowCondition>),
    /// The column has a value.
    Has(ListColumn),
    /// The column is `true`.
    Holds(ListColumn),
    /// The column has a value that compares with one of some literals.
    Compare(ListColumn, Operator, Vec<Literal>),
}

impl RowCondition {
    /// The condition that a text states about the rows of a list.
    ///
    /// # Errors
    /// A mistake in the expression, a name that no column of the list has, or a number that is compared with a text.
    pub fn new(text: &str, listing: &mut RunListing) -> Result<Self, ExpressionError> {
        Binder { text, listing }.bound(&parse(text)?)
    }

    /// `true` if it holds for a row. A comparison of a column without a value does not hold.
    pub fn holds(&self, listing: &RunListing, row: &ListedRow) -> bool {
        match self {
            Self::All(parts) => parts.iter().all(|part| part.holds(listing, row)),
            Self::Any(parts) => parts.iter().any(|part| part.holds(listing, row)),
            Self::Not(inner) => !inner.holds(listing, row),
            Self::Has(column) => match listing.field(row, column) {
                Some(FieldValue::Texts(texts)) => !texts.is_empty(),
                found => found.is_some(),
            },
            Self::Holds(column) => listing.field(row, column) == Some(FieldValue::Truth(true)),
            Self::Compare(column, operator, literals) => listing
                .field(row, column)
                .is_some_and(|value| literals.iter().any(|literal| holds(value, *operator, literal))),
        }
    }
}

struct Binder<'a> {
    text: &'a str,
    listing: &'a mut RunListing,
}

impl Binder<'_> {
    fn all(&mut self, parts: &[Expression]) -> Result<Vec<RowCondition>, ExpressionError> {
        parts.iter().map(|part| self.bound(part)).collect()
    }

    fn bound(&mut self, expression: &Expression) -> Result<RowCondition, ExpressionError> {
        Ok(match expression {
            Expression::And(parts) => RowCondition::All(self.all(parts)?),
            Expression::Or(parts) => RowCondition::Any(self.all(parts)?),
            Expression::Not(inner) => RowCondition::Not(Box::new(self.bound(inner)?)),
            Expression::Has(name) => RowCondition::Has(self.column(name)?),
            Expression::Holds(name) => RowCondition::Holds(self.truth(name)?),
            Expression::Compare(name, operator, literal) => {
                let column = self.column(name)?;
                self.comparable(name, &column, *operator, literal)?;
                RowCondition::Compare(column, *operator, vec![literal.clone()])
            }
            Expression::In(name, literals) => {
                let column = self.column(name)?;
                for literal in literals {
                    self.comparable(name, &column, Operator::Equal, literal)?;
                }
                RowCondition::Compare(column, Operator::Equal, literals.clone())
            }
        })
    }

    fn column(&mut self, name: &NameInExpression) -> Result<ListColumn, ExpressionError> {
        let text = self.text;
        let failed = |error: super::listing::UnknownColumn| {
            ExpressionError::new(text, name.span.clone(), error.to_string(), error.remedy())
        };
        self.listing.column(&name.text).map_err(failed)
    }

    /// A column that stands alone must be able to be `true`.
    fn truth(&mut self, name: &NameInExpression) -> Result<ListColumn, ExpressionError> {
        let column = self.column(name)?;
        match column {
            ListColumn::Run(RunColumn::Dirty) | ListColumn::Key(_) => Ok(column),
            _ => {
                let message = format!("`{name}` is neither true nor false");
                let remedy = "compare it, as in `network == \"resnet50\"` or `epochs > 5`, or ask `has(...)`";
                Err(ExpressionError::new(self.text, name.span.clone(), message, remedy))
            }
        }
    }

    /// Numbers are compared with numbers.
    fn comparable(
        &self,
        name: &NameInExpression,
        column: &ListColumn,
        operator: Operator,
        literal: &Literal,
    ) -> Result<(), ExpressionError> {
        let is_number = match column {
            ListColumn::Run(column) => column.is_number(),
            ListColumn::Metric(_) => true,
            ListColumn::Key(_) => false,
        };
        let textual = matches!(operator, Operator::Contains | Operator::Matches);
        if !is_number || textual || literal.as_number().is_some() {
            return Ok(());
        }
        let message = format!("`{name}` is a number, and `{}` is none", literal.text);
        Err(ExpressionError::new(
            self.text,
            literal.span.clone(),
            message,
            "compare it with a number, such as 60.5",
        ))
    }
}
