use std::collections::HashSet;

use polars::prelude::PolarsResult;

use super::frame::{Frame, combine};
use super::{FrameError, FrameReader, Row};

/// Reads a frame beside another one that has the same numbers in a column, in about the same order: only the rows in
/// between are in memory.
#[derive(Debug)]
pub struct OrderedReader {
    reader: FrameReader,
    column: &'static str,
    /// Rows that were read and not asked for yet.
    waiting: Frame,
}

impl FrameReader {
    /// Reads the frame by the numbers of a column.
    ///
    /// # Errors
    /// Does not occur with the rows of the file.
    pub fn in_order<R: Row>(self, column: &'static str) -> Result<OrderedReader, FrameError> {
        let waiting = Frame::of::<R>(&[])?.selected(self.chosen_columns())?;
        Ok(OrderedReader { reader: self, column, waiting })
    }
}

impl OrderedReader {
    /// The rows with the numbers of another frame's rows; each row is handed over once. Numbers that the frame lacks are
    /// left out.
    ///
    /// # Errors
    /// A frame without the column, and those of the reader.
    pub fn rows_of(&mut self, other: &Frame) -> Result<Frame, FrameError> {
        let asked: HashSet<u32> = numbers(other, self.column)?.into_iter().flatten().collect();
        let mut missing = asked.clone();
        remove(&mut missing, &numbers(&self.waiting, self.column)?);
        // The rows of a number may go on in the next row group.
        let mut last = numbers(&self.waiting, self.column)?.last().copied().flatten();
        while !missing.is_empty() || last.is_some_and(|last| asked.contains(&last)) {
            let Some(group) = self.reader.next() else { break };
            let group = group?;
            let found = numbers(&group, self.column)?;
            remove(&mut missing, &found);
            last = found.last().copied().flatten();
            self.waiting = self.waiting.clone().stacked(&group)?;
        }
        let here: Vec<bool> = numbers(&self.waiting, self.column)?
            .into_iter()
            .map(|number| number.is_some_and(|number| asked.contains(&number)))
            .collect();
        let others: Vec<bool> = here.iter().map(|here| !here).collect();
        let rest = self.waiting.clone().filtered(&others)?;
        std::mem::replace(&mut self.waiting, rest).filtered(&here)
    }
}

fn remove(missing: &mut HashSet<u32>, found: &[Option<u32>]) {
    found.iter().flatten().for_each(|number| {
        missing.remove(number);
    });
}

fn numbers(frame: &Frame, column: &str) -> Result<Vec<Option<u32>>, FrameError> {
    let numbers = || PolarsResult::Ok(frame.data.column(column)?.u32()?.iter().collect());
    numbers().map_err(|source| combine(frame.file, source))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{FrameWriter, QuantityRow};

    fn row(index: u32, value: f64) -> QuantityRow {
        QuantityRow { index, quantity: "a".to_owned(), value: Some(value), list: vec![0.5; 3000] }
    }

    #[test]
    fn rows_come_beside_those_of_another_frame() {
        let folder = tempfile::tempdir().unwrap();
        let mut writer = FrameWriter::artefact::<QuantityRow>(folder.path()).unwrap();
        // Row groups end within the two rows of some numbers; two numbers come in another order.
        let order: Vec<u32> = [1, 0].into_iter().chain(2..300).collect();
        for index in &order {
            writer.rows(&[row(*index, 1.0), row(*index, 2.0)]).unwrap();
        }
        writer.finish().unwrap();
        let reader = FrameReader::artefact::<QuantityRow>(folder.path()).unwrap();
        assert!(reader.groups() > 3);
        let mut ordered = reader.in_order::<QuantityRow>("index").unwrap();
        for part in (0..310).collect::<Vec<u32>>().chunks(7) {
            let asked: Vec<QuantityRow> = part.iter().map(|index| row(*index, 0.0)).collect();
            let found = ordered.rows_of(&Frame::of(&asked).unwrap()).unwrap();
            let mut found: Vec<(u32, f64)> = found
                .rows::<QuantityRow>()
                .unwrap()
                .iter()
                .map(|row| (row.index, row.value.unwrap()))
                .collect();
            found.sort_by(|a, b| a.partial_cmp(b).unwrap());
            let known = part.iter().filter(|index| **index < 300);
            let wanted: Vec<(u32, f64)> = known.flat_map(|index| [(*index, 1.0), (*index, 2.0)]).collect();
            assert_eq!(found, wanted);
            assert!(ordered.waiting.height() < 400, "only the rows in between are kept");
        }
    }
}
