//! A comparison as text for a terminal.

use std::fmt::Write as _;

use super::layout::ComparisonPage;
use super::table::{ComparedEntry, ComparedTable};
use super::wrap::{pad, width_of, wrapped};

/// Space between columns.
const GAP: usize = 2;
/// Least width of a column of words.
const NARROW: usize = 9;
/// Largest width of a column of words that lines are broken for, if there is room elsewhere.
const WIDE: usize = 64;

/// Escape sequences of a terminal; empty texts without colour.
struct TerminalStyle {
    coloured: bool,
}

impl TerminalStyle {
    fn wrap(&self, code: &str, text: &str) -> String {
        match self.coloured && !text.trim().is_empty() && !code.is_empty() {
            true => format!("\u{1b}[{code}m{text}\u{1b}[0m"),
            false => text.to_owned(),
        }
    }

    fn bold(&self, text: &str) -> String {
        self.wrap("1", text)
    }

    fn faint(&self, text: &str) -> String {
        self.wrap("2", text)
    }

    fn tone(&self, tone: &str, text: &str) -> String {
        let code = match tone {
            "better" => "32",
            "worse" => "31",
            _ => "",
        };
        self.wrap(code, text)
    }
}

/// The text of a comparison in lines of at most `width` characters, where the numbers allow it.
pub fn text(page: &ComparisonPage, width: usize, coloured: bool) -> String {
    let style = TerminalStyle { coloured };
    let mut text = String::new();
    let mut paragraph = |line: &str, code: &str| {
        for part in wrapped(line, width) {
            let _ = writeln!(text, "{}", style.wrap(code, &part));
        }
    };
    for verdict in &page.verdicts {
        paragraph(verdict, "");
    }
    for warning in &page.warnings {
        paragraph(warning, "33");
    }
    for section in &page.sections {
        let _ = writeln!(text, "\n{}", style.bold(section.title));
        if !section.note.is_empty() {
            for part in wrapped(&section.note, width) {
                let _ = writeln!(text, "{}", style.faint(&part));
            }
        }
        for table in &section.tables {
            text.push('\n');
            if !table.title.is_empty() {
                let _ = writeln!(text, "{}", style.bold(&table.title));
            }
            text.push_str(&drawn(table, width, &style));
        }
        if !section.remarks.is_empty() && !section.tables.is_empty() {
            text.push('\n');
        }
        for remark in &section.remarks {
            for part in wrapped(remark, width) {
                let _ = writeln!(text, "{part}");
            }
        }
    }
    text
}

fn drawn(table: &ComparedTable, width: usize, style: &TerminalStyle) -> String {
    match widths(table, width) {
        Some(widths) => in_columns(table, &widths, style),
        None => in_blocks(table, width, style),
    }
}

/// Width of every column, so that a line fits; `None` if the numbers alone are too wide.
fn widths(table: &ComparedTable, width: usize) -> Option<Vec<usize>> {
    let natural = |(at, heading): (usize, &super::table::ComparedHeading)| {
        let entries = table.lines.iter().filter_map(|line| line.entries.get(at));
        let widest = entries.map(|entry| {
            let below = if heading.words { 0 } else { width_of(&entry.below) };
            width_of(&entry.text).max(below)
        });
        widest.chain([width_of(&heading.name)]).max().unwrap_or(0)
    };
    let mut widths: Vec<usize> = table.headings.iter().enumerate().map(natural).collect();
    let gaps = GAP * widths.len().saturating_sub(1);
    // A reason why a difference is not paired may break lines.
    for (at, heading) in table.headings.iter().enumerate() {
        let longest_value = table.lines.iter().filter_map(|line| line.entries.get(at));
        let longest = longest_value.map(|entry| width_of(&entry.text)).max().unwrap_or(0);
        if !heading.words && widths[at] > 24 {
            widths[at] = longest.max(24).max(width_of(&heading.name));
        }
    }
    while widths.iter().sum::<usize>() + gaps > width {
        let words = table.headings.iter().enumerate().filter(|(_, heading)| heading.words);
        let (widest, _) = words.max_by_key(|(at, _)| (widths[*at], usize::MAX - at))?;
        if widths[widest] <= NARROW {
            return None;
        }
        widths[widest] -= 1;
    }
    // Long values break lines even where the terminal is wide.
    for (at, heading) in table.headings.iter().enumerate() {
        if heading.words && table.headings.len() > 2 {
            widths[at] = widths[at].min(WIDE.max(width / table.headings.len()));
        }
    }
    Some(widths)
}

fn in_columns(table: &ComparedTable, widths: &[usize], style: &TerminalStyle) -> String {
    let mut text = String::new();
    let heading = |at: usize| {
        let heading = &table.headings[at];
        (wrapped(&heading.name, widths[at]), heading.words)
    };
    let headings: Vec<(Vec<String>, bool)> = (0..widths.len()).map(heading).collect();
    let rows = headings.iter().map(|(lines, _)| lines.len()).max().unwrap_or(0);
    for row in 0..rows {
        let parts = headings.iter().zip(widths).map(|((lines, words), width)| {
            // The last line of a heading stands above its values.
            let at = (row + lines.len()).checked_sub(rows);
            pad(at.and_then(|at| lines.get(at)).map_or("", String::as_str), *width, *words)
        });
        let line = parts.collect::<Vec<_>>().join(&" ".repeat(GAP));
        let _ = writeln!(text, "{}", style.bold(line.trim_end()));
    }
    let rule: usize = widths.iter().sum::<usize>() + GAP * widths.len().saturating_sub(1);
    let _ = writeln!(text, "{}", style.faint(&"─".repeat(rule)));
    for line in &table.lines {
        let entries: Vec<Vec<(String, bool)>> =
            line.entries.iter().zip(widths).map(|(entry, width)| parts(entry, *width)).collect();
        let rows = entries.iter().map(Vec::len).max().unwrap_or(0);
        for row in 0..rows {
            let mut shown: Vec<String> = Vec::new();
            for (at, (entry, parts)) in line.entries.iter().zip(&entries).enumerate() {
                let (part, is_below) = parts.get(row).map_or(("", false), |(part, below)| (part, *below));
                let padded = pad(part, widths[at], table.headings[at].words);
                shown.push(match (is_below || line.baseline, entry.tone) {
                    (_, tone) if !tone.is_empty() => style.tone(tone, &padded),
                    (true, _) => style.faint(&padded),
                    (false, _) => padded,
                });
            }
            let _ = writeln!(text, "{}", shown.join(&" ".repeat(GAP)).trim_end());
        }
    }
    text
}

/// The lines of an entry; `true` for those of the smaller text.
fn parts(entry: &ComparedEntry, width: usize) -> Vec<(String, bool)> {
    let text = wrapped(&entry.text, width).into_iter().map(|part| (part, false));
    let below = wrapped(&entry.below, width).into_iter().map(|part| (part, true));
    text.chain(below.filter(|(part, _)| !part.is_empty())).collect()
}

/// A table that is too wide for its columns: every line as a block of headings and values.
fn in_blocks(table: &ComparedTable, width: usize, style: &TerminalStyle) -> String {
    let mut text = String::new();
    for line in &table.lines {
        let mut entries = line.entries.iter().zip(&table.headings);
        if let Some((name, _)) = entries.next() {
            for part in wrapped(&name.text, width) {
                let _ = writeln!(text, "{}", style.bold(&part));
            }
        }
        for (entry, heading) in entries {
            let value = format!("{}: {} {}", heading.name, entry.text, entry.below);
            for part in wrapped(value.trim_end(), width.saturating_sub(GAP)) {
                let _ = writeln!(text, "{}{}", " ".repeat(GAP), style.tone(entry.tone, &part));
            }
        }
    }
    text
}
