use polars::prelude::*;

use super::column::ColumnValue;
use super::{FrameError, Names, QuantityColumn, Row};

/// Rows of a frame, column by column, as files are read and joined.
#[derive(Debug, Clone)]
pub struct Frame {
    pub(super) data: DataFrame,
    pub(super) file: &'static str,
}

impl Frame {
    /// The columns of some rows.
    ///
    /// # Errors
    /// Does not occur with a row type's own columns.
    pub fn of<R: Row>(rows: &[R]) -> Result<Self, FrameError> {
        Self::new(R::FILE, rows.len(), R::columns(rows))
    }

    /// A frame without rows that has the given columns.
    ///
    /// # Errors
    /// Two columns of one name.
    pub fn of_quantities(file: &'static str, columns: &[QuantityColumn]) -> Result<Self, FrameError> {
        let column = |column: &QuantityColumn| match column.list {
            true => lists_column(&column.name, &[]),
            false => Series::new(column.name.as_str().into(), Vec::<f64>::new()).into(),
        };
        Self::new(file, 0, columns.iter().map(column).collect())
    }

    pub(super) fn new(file: &'static str, rows: usize, columns: Vec<Column>) -> Result<Self, FrameError> {
        let data = DataFrame::new(rows, columns).map_err(|source| combine(file, source))?;
        Ok(Self { data, file })
    }

    /// Number of rows.
    pub fn height(&self) -> usize {
        self.data.height()
    }

    /// The rows.
    ///
    /// # Errors
    /// If a column of `R` is missing, has another type, or holds an unexpected null.
    pub fn rows<R: Row>(&self) -> Result<Vec<R>, FrameError> {
        R::rows(&self.data).map_err(|source| combine(R::FILE, source))
    }

    /// The rows with one of some numbers in a column.
    ///
    /// # Errors
    /// As [`Frame::rows`], or if the column is missing or holds something else.
    pub fn rows_where<R: Row>(&self, column: &str, numbers: &[u32]) -> Result<Vec<R>, FrameError> {
        let held = || -> PolarsResult<Vec<bool>> {
            let found = self.data.column(column)?.u32()?;
            Ok(found.iter().map(|found| found.is_some_and(|found| numbers.contains(&found))).collect())
        };
        let held = held().map_err(|source| combine(self.file, source))?;
        self.clone().filtered(&held)?.rows()
    }

    /// Sets the columns of `R` that `names` has a value for, the same in every row; the columns that a report joins to
    /// `R` and that are still missing are empty.
    ///
    /// # Errors
    /// Does not occur with a row type's own columns.
    pub fn named<R: Row>(self, names: &Names) -> Result<Self, FrameError> {
        let mut columns = self.data.columns().to_vec();
        for column in R::joined(names, self.height()) {
            match columns.iter_mut().find(|known| known.name() == column.name()) {
                Some(known) if names.get(column.name()).is_some() => *known = column,
                Some(_) => {}
                None => columns.push(column),
            }
        }
        Self::new(self.file, self.data.height(), columns)
    }

    /// Sets a column of numbers.
    ///
    /// # Errors
    /// If there are fewer or more than rows.
    pub fn with_numbers(self, column: &str, values: &[Option<f64>]) -> Result<Self, FrameError> {
        self.with(Series::new(column.into(), values).into())
    }

    /// Sets a column of texts.
    ///
    /// # Errors
    /// If there are fewer or more than rows.
    pub fn with_texts(self, column: &str, values: &[Option<&str>]) -> Result<Self, FrameError> {
        self.with(Series::new(column.into(), values).into())
    }

    /// Sets a column of counts.
    ///
    /// # Errors
    /// If there are fewer or more than rows.
    pub fn with_counts(self, column: &str, values: &[Option<u32>]) -> Result<Self, FrameError> {
        self.with(Series::new(column.into(), values).into())
    }

    /// Sets a column of lists of numbers.
    ///
    /// # Errors
    /// If there are fewer or more than rows.
    pub fn with_lists(self, column: &str, values: &[Vec<f32>]) -> Result<Self, FrameError> {
        self.with(lists_column(column, values))
    }

    /// `true` if a column holds lists.
    ///
    /// # Errors
    /// If it is missing.
    pub fn holds_lists(&self, column: &str) -> Result<bool, FrameError> {
        let column = self.data.column(column).map_err(|source| combine(self.file, source))?;
        Ok(matches!(column.dtype(), DataType::List(_)))
    }

    /// A column of lists of numbers; null counts as empty.
    ///
    /// # Errors
    /// If it is missing or holds something else.
    pub fn lists(&self, column: &str) -> Result<Vec<Vec<f32>>, FrameError> {
        let lists = || <Vec<f32>>::values(self.data.column(column)?);
        lists().map_err(|source| combine(self.file, source))
    }

    /// A column of numbers.
    ///
    /// # Errors
    /// If it is missing or holds something else.
    pub fn numbers(&self, column: &str) -> Result<Vec<Option<f64>>, FrameError> {
        let numbers = || PolarsResult::Ok(self.data.column(column)?.f64()?.iter().collect());
        numbers().map_err(|source| combine(self.file, source))
    }

    /// Names of what rows refer to by position: a row per element, with its `position` and some of its names.
    ///
    /// # Errors
    /// Does not occur with different columns.
    pub fn of_parts(parts: &[Names], columns: &[&str]) -> Result<Self, FrameError> {
        let mut frame = Self { data: DataFrame::empty_with_height(parts.len()), file: "the parts" };
        let positions: Vec<u32> = (0..parts.len() as u32).collect();
        frame = frame.with(Series::new("position".into(), positions).into())?;
        for column in columns {
            let texts: Vec<Option<&str>> = parts.iter().map(|part| Some(part.text(column))).collect();
            frame = frame.with_texts(column, &texts)?;
        }
        Ok(frame)
    }

    pub(super) fn with(mut self, column: Column) -> Result<Self, FrameError> {
        self.data.with_column(column).map_err(|source| combine(self.file, source))?;
        Ok(self)
    }

    /// The first row of each set of rows with equal values of some columns.
    ///
    /// # Errors
    /// If a column is missing.
    pub fn first_of(&self, columns: &[&str]) -> Result<Self, FrameError> {
        let keys: Vec<String> = columns.iter().map(|key| (*key).to_owned()).collect();
        let data = self.data.unique_stable(Some(&keys), UniqueKeepStrategy::First, None);
        Ok(Self { data: data.map_err(|source| combine(self.file, source))?, file: self.file })
    }

    /// Adds the other columns of the row of `other` with equal values of `on`, which are different in each of its rows;
    /// nulls where there is none. The order of rows stays.
    ///
    /// # Errors
    /// If a frame lacks a column of `on`, or `other` has equal values twice.
    pub fn joined(self, other: &Self, on: &[&str]) -> Result<Self, FrameError> {
        if let Some(beside) = self.beside(other, on) {
            return beside;
        }
        let args = JoinArgs {
            maintain_order: MaintainOrderJoin::Left,
            validation: JoinValidation::ManyToOne,
            ..JoinArgs::new(JoinType::Left)
        };
        let data = self.data.join(&other.data, on, on, args, None);
        Ok(Self { data: data.map_err(|source| combine(self.file, source))?, file: self.file })
    }

    /// [`Frame::joined`] where both frames have the same numbers in the same order, as those of one evaluation do: the
    /// columns of `other` beside its own. `None` where they do not.
    fn beside(&self, other: &Self, on: &[&str]) -> Option<Result<Self, FrameError>> {
        let [key] = on else { return None };
        let [own, others] = [self, other].map(|frame| frame.data.column(key).ok()?.u32().ok());
        let (own, others) = own.zip(others)?;
        if own.len() != others.len() || !own.iter().eq(others.iter()) {
            return None;
        }
        let mut columns = self.data.columns().to_vec();
        columns.extend(other.data.columns().iter().filter(|column| column.name() != key).cloned());
        Some(Self::new(self.file, self.height(), columns))
    }

    /// The rows with a text in a column, without that column; another column gets a new name.
    ///
    /// # Errors
    /// If a column is missing.
    pub fn pivoted(&self, column: &str, text: &str, value: &str, name: &str) -> Result<Self, FrameError> {
        let pivoted = || {
            let mask: BooleanChunked =
                self.data.column(column)?.str()?.iter().map(|found| Some(found == Some(text))).collect();
            let mut data = self.data.filter(&mask)?.drop(column)?;
            data.rename(value, name.into())?;
            PolarsResult::Ok(data)
        };
        let data = pivoted().map_err(|source| combine(self.file, source))?;
        Ok(Self { data, file: self.file })
    }

    /// The frame with another name for a column.
    ///
    /// # Errors
    /// If the column is missing.
    pub fn renamed(mut self, column: &str, name: &str) -> Result<Self, FrameError> {
        self.data.rename(column, name.into()).map_err(|source| combine(self.file, source))?;
        Ok(self)
    }

    /// Some of the columns.
    ///
    /// # Errors
    /// A column that the frame lacks.
    pub fn selected(self, columns: &[String]) -> Result<Self, FrameError> {
        let data = self.data.select(columns).map_err(|source| combine(self.file, source))?;
        Ok(Self { data, file: self.file })
    }

    /// The frame with the rows of another that has the same columns after its own.
    ///
    /// # Errors
    /// If the other frame lacks a column or has another type.
    pub fn stacked(mut self, other: &Self) -> Result<Self, FrameError> {
        let mut stack = || {
            let names = self.data.get_column_names_owned();
            self.data.vstack_mut(&other.data.select(names)?).map(|_| ())
        };
        stack().map_err(|source| combine(self.file, source))?;
        Ok(self)
    }

    /// The rows for which `keep` holds, in order.
    pub(super) fn filtered(self, keep: &[bool]) -> Result<Self, FrameError> {
        let mask: BooleanChunked = keep.iter().copied().map(Some).collect();
        let data = self.data.filter(&mask).map_err(|source| combine(self.file, source))?;
        Ok(Self { data, file: self.file })
    }
}

fn lists_column(name: &str, values: &[Vec<f32>]) -> Column {
    <Vec<f32>>::column(name, values.iter())
}

pub(super) fn combine(file: &'static str, source: PolarsError) -> FrameError {
    FrameError::Combine { file, source: Box::new(source) }
}
