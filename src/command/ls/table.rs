//! The table of `camlab ls`, fitted to the terminal.

use camlab::base::terminal;
use camlab::index::expression::FieldValue;
use camlab::index::{ListColumn, ListedRow, RunColumn, RunListing};
use unicode_width::{UnicodeWidthChar as _, UnicodeWidthStr as _};

use super::columns::{of_table, title};
use super::text::text;

/// Widths to which texts are cut, in columns of the terminal, one after the other: before more than three metrics are shown,
/// before a second one is, and where even one is too many.
const COMFORTABLE: usize = 16;
const NARROW: usize = 10;
const LEAST: usize = 5;
/// Columns that are left out and named, at most.
const NAMED: usize = 3;
/// Between two columns.
const GAP: &str = "  ";

/// A column with its texts.
struct TextColumn {
    column: ListColumn,
    title: String,
    cells: Vec<String>,
    width: usize,
    right: bool,
}

/// The rows as a table; on a terminal as wide as that: long texts are cut, and without `--columns` the last metrics are
/// left out where even that is too wide, which the second text says.
pub fn table(listing: &RunListing, rows: &[ListedRow], chosen: &[ListColumn]) -> (String, Option<String>) {
    let columns = if chosen.is_empty() { of_table(listing, rows) } else { chosen.to_vec() };
    let mut columns: Vec<TextColumn> =
        columns.into_iter().map(|column| TextColumn::new(listing, rows, column)).collect();
    let output = std::io::stdout();
    let mut note = None;
    if let Some(width) = terminal::width() {
        let left_out = fit(&mut columns, width, chosen.is_empty());
        if !left_out.is_empty() {
            let more = left_out.len().saturating_sub(NAMED);
            let mut names = left_out[..left_out.len() - more].join(", ");
            if more > 0 {
                names += &format!(" and {more} more");
            }
            note = Some(format!(
                "left out to fit {width} columns: {names}; --columns, --csv or --json print them"
            ));
        }
    }
    let (bold, plain) = if terminal::is_coloured(&output) { ("\x1b[1m", "\x1b[0m") } else { ("", "") };
    let head = line(columns.iter().map(|column| (column.title.as_str(), column)));
    let mut text = format!("{bold}{head}{plain}\n");
    for row in 0..rows.len() {
        text.push_str(&line(columns.iter().map(|column| (column.cells[row].as_str(), column))));
        text.push('\n');
    }
    (text, note)
}

impl TextColumn {
    fn new(listing: &RunListing, rows: &[ListedRow], column: ListColumn) -> Self {
        let values: Vec<Option<FieldValue<'_>>> =
            rows.iter().map(|row| listing.field(row, &column)).collect();
        let number = |value: &Option<FieldValue<'_>>| matches!(value, None | Some(FieldValue::Number(_)));
        let right = values.iter().all(number);
        let cells: Vec<String> = values.into_iter().map(|value| text(listing, &column, value)).collect();
        let mut made = Self { title: title(listing, &column), cells, right, column, width: 0 };
        made.fit_texts();
        made
    }

    /// Makes it as wide as its texts.
    fn fit_texts(&mut self) {
        let widths = self.cells.iter().map(|cell| cell.width()).chain([self.title.width()]);
        self.width = widths.max().unwrap_or(0);
    }

    /// The width when texts are cut to some width.
    fn least(&self, least: usize) -> usize {
        if self.right || self.is(RunColumn::Started) { self.width } else { self.width.min(least) }
    }

    fn is(&self, column: RunColumn) -> bool {
        self.column == ListColumn::Run(column)
    }

    fn is_metric(&self) -> bool {
        matches!(self.column, ListColumn::Metric(_))
    }

    /// Cuts the texts to the width.
    fn cut(&mut self) {
        // The end of a path tells more than its beginning.
        let (path, width) = (self.is(RunColumn::Run), self.width);
        self.cells.iter_mut().for_each(|cell| *cell = cut(cell, width, path));
        if !self.right {
            self.title = cut(&self.title, width, false);
        }
    }
}

/// Width of a table whose texts are cut to some width.
fn total(columns: &[TextColumn], least: usize) -> usize {
    let gaps = GAP.len() * columns.len().saturating_sub(1);
    columns.iter().map(|column| column.least(least)).sum::<usize>() + gaps
}

/// Makes the columns fit; returns the titles of metrics that are left out.
fn fit(columns: &mut Vec<TextColumn>, width: usize, may_leave_out: bool) -> Vec<String> {
    let mut left_out = Vec::new();
    for (least, metrics) in [(COMFORTABLE, 3), (NARROW, 1)] {
        while may_leave_out && total(columns, least) > width {
            let count = columns.iter().filter(|column| column.is_metric()).count();
            match columns.iter().rposition(TextColumn::is_metric).filter(|_| count > metrics) {
                Some(place) => left_out.insert(0, columns.remove(place).title),
                None => break,
            }
        }
        if least == COMFORTABLE && total(columns, least) > width {
            // The day of the start without the time.
            for column in columns.iter_mut().filter(|column| column.is(RunColumn::Started)) {
                let day = |cell: &String| cell.chars().take("2026-11-29".len()).collect();
                column.cells = column.cells.iter().map(day).collect();
                column.fit_texts();
            }
        }
    }
    for least in [COMFORTABLE, NARROW, LEAST] {
        // The widest gives way first.
        while total(columns, usize::MAX) > width {
            let texts = columns.iter_mut().filter(|column| column.least(least) < column.width);
            match texts.max_by_key(|column| column.width) {
                Some(column) => column.width -= 1,
                None => break,
            }
        }
    }
    columns.iter_mut().for_each(TextColumn::cut);
    left_out
}

/// A text of at most some width, an ellipsis in place of its end, or of its beginning.
fn cut(text: &str, width: usize, from_end: bool) -> String {
    if text.width() <= width {
        return text.to_owned();
    }
    let letters: Vec<char> = if from_end { text.chars().rev().collect() } else { text.chars().collect() };
    let (mut kept, mut used) = (Vec::new(), 1);
    for letter in letters {
        used += letter.width().unwrap_or(0);
        if used > width {
            break;
        }
        kept.push(letter);
    }
    kept.push('…');
    if from_end { kept.into_iter().rev().collect() } else { kept.into_iter().collect() }
}

fn line<'a>(cells: impl Iterator<Item = (&'a str, &'a TextColumn)>) -> String {
    let padded = cells.map(|(text, column)| {
        let space = " ".repeat(column.width.saturating_sub(text.width()));
        if column.right { space + text } else { text.to_owned() + &space }
    });
    let cells: Vec<String> = padded.collect();
    cells.join(GAP).trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn column(column: RunColumn, cells: &[&str]) -> TextColumn {
        let cells: Vec<String> = cells.iter().map(|cell| (*cell).to_owned()).collect();
        let width = cells.iter().map(|cell| cell.width()).max().unwrap_or(0);
        TextColumn { column: ListColumn::Run(column), title: String::new(), cells, width, right: false }
    }

    fn metric(title: &str) -> TextColumn {
        let cells = vec!["60.0".to_owned()];
        TextColumn {
            column: ListColumn::Metric(0),
            title: title.into(),
            cells,
            width: title.width(),
            right: true,
        }
    }

    #[test]
    fn long_texts_are_cut_and_last_metrics_left_out() {
        let note = "a rather long note on this run";
        let mut columns = vec![
            column(RunColumn::Run, &["reports/sweep/of/rates/2026"]),
            metric("MaxBoxAccV2"),
            metric("second"),
            metric("third"),
            column(RunColumn::Note, &[note]),
        ];
        assert_eq!(fit(&mut columns, 41, true), ["second", "third"]);
        let text = line(columns.iter().map(|column| (column.cells[0].as_str(), column)));
        assert_eq!(text, "…f/rates/2026         60.0  a rather lon…");
        assert_eq!(text.width(), 41);
        // What was asked for stays.
        let mut chosen = vec![metric("MaxBoxAccV2"), metric("second")];
        assert!(fit(&mut chosen, 5, false).is_empty());
        assert_eq!(chosen.len(), 2);
    }

    #[test]
    fn cut_texts_have_the_width_that_they_take() {
        assert_eq!(cut("abcdef", 4, false), "abc…");
        assert_eq!(cut("abcdef", 4, true), "…def");
        assert_eq!(cut("物体検出", 4, false), "物…");
        assert_eq!(cut("abc", 3, false), "abc");
    }
}
