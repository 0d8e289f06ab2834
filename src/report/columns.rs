//! Division of a table's columns into parts that fit the page.

/// Width of the page's content at its full width, CSS pixels.
const PAGE: f64 = 1192.0;
/// Horizontal padding of a cell, CSS pixels.
const PADDING: f64 = 24.0;
/// Maximum number of columns of values beside each other.
const MOST: usize = 8;
/// Minimum number of columns of values beside each other where there are as many: long names may take more than the page.
const FEWEST: usize = 4;
/// Width of regular text, and of small text, relative to bold text.
const REGULAR: f64 = 0.9;
const SMALL: f64 = 0.7;

/// A text of a column in its weight and size.
#[derive(Debug, Clone, Copy)]
pub enum CellText<'a> {
    /// A heading, broken between words.
    Heading(&'a str),
    /// A value that may be marked.
    Value(&'a str),
    /// A name or a unit.
    Name(&'a str),
    /// A spread or a number of images.
    Spread(&'a str),
}

impl CellText<'_> {
    /// Width on the page, CSS pixels, in a wide typeface.
    fn width(self) -> f64 {
        match self {
            Self::Heading(text) => text.split_inclusive([' ', '-']).map(bold).fold(0.0, f64::max),
            Self::Value(text) => bold(text),
            Self::Name(text) => REGULAR * bold(text),
            Self::Spread(text) => SMALL * bold(text),
        }
    }
}

/// The width of bold text in the size of a table (14 CSS pixels).
fn bold(text: &str) -> f64 {
    let of = |character: char| match character {
        'm' | 'w' | 'M' | 'W' | '%' => 13.0,
        'f' | 'i' | 'j' | 'l' | 'r' | 't' | '.' | ',' | '(' | ')' | '[' | ']' | '-' | '\'' | ' ' => 5.5,
        character if character.is_uppercase() || character.is_numeric() => 10.5,
        _ => 9.0,
    };
    text.trim_end().chars().map(of).sum()
}

/// The width that a column needs for its texts, CSS pixels.
pub fn column_width<'a>(texts: impl IntoIterator<Item = CellText<'a>>) -> f64 {
    PADDING + texts.into_iter().map(CellText::width).fold(0.0, f64::max)
}

/// The columns of values that stand in one table: `[start, end)` of each part, in order. One part if they fit the page
/// beside `fixed`, the width of the columns that every part has; else parts of about equal number where these fit.
pub fn column_parts(fixed: f64, widths: &[f64]) -> Vec<[usize; 2]> {
    let fits = |part: &[f64]| {
        part.len() <= FEWEST || (part.len() <= MOST && fixed + part.iter().sum::<f64>() <= PAGE)
    };
    let mut parts = vec![[0, 0]];
    for end in 1..=widths.len() {
        match parts.last_mut() {
            Some(last) if fits(&widths[last[0]..end]) => last[1] = end,
            _ => parts.push([end - 1, end]),
        }
    }
    let start = |part: usize| part * widths.len() / parts.len();
    let equal: Vec<[usize; 2]> = (0..parts.len()).map(|part| [start(part), start(part + 1)]).collect();
    if equal.iter().all(|[start, end]| fits(&widths[*start..*end])) { equal } else { parts }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_columns_stand_in_parts_of_about_equal_number() {
        let sizes = |columns: usize, width: f64| -> Vec<usize> {
            let parts = column_parts(300.0, &vec![width; columns]);
            assert!(parts.windows(2).all(|pair| pair[0][1] == pair[1][0]));
            assert_eq!((parts[0][0], parts[parts.len() - 1][1]), (0, columns));
            parts.iter().map(|[start, end]| end - start).collect()
        };
        assert_eq!([sizes(0, 90.0), sizes(3, 90.0), sizes(8, 90.0)], [[0], [3], [8]]);
        assert_eq!([sizes(9, 90.0), sizes(16, 90.0)], [[4, 5], [8, 8]]);
        assert_eq!(sizes(25, 90.0), [6, 6, 6, 7]);
        assert_eq!(sizes(8, 140.0), [4, 4], "long headings take the page");
        assert_eq!(sizes(9, 900.0), [3, 3, 3], "no column stands alone because of its width");
    }

    #[test]
    fn parts_of_unequal_width_are_filled_one_after_the_other() {
        let widths = [90.0, 90.0, 90.0, 90.0, 90.0, 400.0, 400.0, 90.0, 90.0];
        assert_eq!(column_parts(300.0, &widths), [[0, 6], [6, 9]]);
    }

    #[test]
    fn widths_are_those_of_a_wide_typeface() {
        // Measured in DejaVu Sans: 111, 116 and 173 CSS pixels.
        let widths = [
            CellText::Heading("MaxBoxAccV2 (IoU 0.3)"),
            CellText::Heading("(classification, part)"),
            CellText::Name("opencv-spectral-residual"),
        ]
        .map(CellText::width);
        for (width, measured) in widths.into_iter().zip([111.0, 116.0, 173.0]) {
            assert!((width - measured).abs() < 8.0, "{width} is not {measured}");
        }
    }
}
