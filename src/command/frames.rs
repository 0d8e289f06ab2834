use std::fmt::Write as _;

use camlab::base::registry::closest;
use camlab::frame::{ColumnInfo, FRAMES, FrameInfo};

use super::show;

/// Columns of a terminal that descriptions are wrapped to.
const WIDTH: usize = 120;

/// Prints the frames of a report with their columns, or one of them.
pub fn frames(name: Option<&str>, markdown: bool) -> anyhow::Result<()> {
    let chosen: Vec<&FrameInfo> = match name {
        None => FRAMES.iter().collect(),
        Some(name) => vec![find(name)?],
    };
    let mut text = if markdown && name.is_none() { PAGE.to_owned() } else { String::new() };
    for frame in chosen {
        match markdown {
            true => page(frame, &mut text)?,
            false => listed(frame, &mut text)?,
        }
    }
    show(&text)
}

/// Top of the page in the documentation.
const PAGE: &str = "\
# Frames of a report

Every Parquet file in a report directory, written by `camlab frames --markdown`. `camlab frames NAME` prints one in the
terminal. Text that many rows share is dictionary-encoded in the file. Every file has the version of the frames
(`camlab.schema`) and a checksum (`camlab.blake3`) in its metadata. [Frames in Python](frames-in-python.md) shows how to
plot them.
";

fn find(name: &str) -> anyhow::Result<&'static FrameInfo> {
    let file = name.strip_suffix(".parquet").unwrap_or(name);
    let stem = |frame: &FrameInfo| frame.file.trim_end_matches(".parquet");
    if let Some(found) = FRAMES.iter().find(|frame| stem(frame) == file) {
        return Ok(found);
    }
    let known: Vec<&str> = FRAMES.iter().map(|frame| frame.file.trim_end_matches(".parquet")).collect();
    match closest(file, known.iter().copied()) {
        Some(near) => anyhow::bail!("no frame `{name}`; did you mean `{near}`?"),
        None => anyhow::bail!("no frame `{name}`; use one of {}", known.join(", ")),
    }
}

fn listed(frame: &FrameInfo, text: &mut String) -> std::fmt::Result {
    writeln!(text, "{}", frame.file)?;
    wrapped(text, "  ", &frame.about())?;
    let width = |of: fn(&ColumnInfo) -> usize| frame.columns.iter().map(of).max().unwrap_or(0);
    let names = width(|column| column.name.len());
    let kinds = width(|column| short(column.kind).len());
    let units = width(|column| column.unit.len());
    for column in frame.columns {
        let (name, kind, unit) = (column.name, short(column.kind), column.unit);
        let head = format!("  {name:<names$}  {kind:<kinds$}  {unit:<units$}  ");
        let mut meaning = meaning(column);
        if let Some(words) = column.kind.strip_prefix("text: ") {
            meaning += &format!(" One of {}.", words.replace("` `", "`, `"));
        }
        wrapped(text, &head, &meaning)?;
    }
    if !frame.more.is_empty() {
        wrapped(text, "  and ", &format!("{}.", frame.more))?;
    }
    writeln!(text)
}

/// The meaning of a column, and a mark on those that no comparison of reports counts.
fn meaning(column: &ColumnInfo) -> String {
    match column.measured {
        true => format!("{} Measured: differs between equal runs.", column.meaning()),
        false => column.meaning().to_owned(),
    }
}

/// The type without the words that it may be.
fn short(kind: &str) -> &str {
    kind.split(':').next().unwrap_or(kind)
}

/// Writes a text after a head, further lines indented as far as the head reaches.
fn wrapped(text: &mut String, head: &str, words: &str) -> std::fmt::Result {
    let (mut line, indent) = (head.to_owned(), head.chars().count());
    let mut empty = true;
    for word in words.split_whitespace() {
        if !empty && line.chars().count() + 1 + word.chars().count() > WIDTH {
            writeln!(text, "{}", line.trim_end())?;
            line = " ".repeat(indent);
            empty = true;
        }
        if !empty {
            line.push(' ');
        }
        line.push_str(word);
        empty = false;
    }
    writeln!(text, "{}", line.trim_end())
}

fn page(frame: &FrameInfo, text: &mut String) -> std::fmt::Result {
    writeln!(
        text,
        "\n## {}\n\n{}\n\n| column | type | unit | meaning |\n|---|---|---|---|",
        frame.file,
        frame.about()
    )?;
    for column in frame.columns {
        let cell = |text: &str| text.replace('|', "\\|");
        let kind = column.kind.replace("` `", "`, `");
        writeln!(
            text,
            "| `{}` | {} | {} | {} |",
            column.name,
            cell(&kind),
            cell(column.unit),
            cell(&meaning(column))
        )?;
    }
    if !frame.more.is_empty() {
        writeln!(text, "\nAnd {}.", frame.more)?;
    }
    Ok(())
}
