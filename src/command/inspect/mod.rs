//! `camlab inspect`: what a checkpoint or an ONNX file holds.

mod checkpoint;
mod fit;
mod onnx;

use camlab::nn::checkpoint::Checkpoint;
use camlab::onnx::OnnxModel;

use super::show;
use crate::cli::InspectArgs;

/// Lists a checkpoint or an ONNX file, and says what fits a backbone.
pub fn inspect(arguments: &InspectArgs) -> anyhow::Result<()> {
    let file = &arguments.file;
    let is_onnx = file.extension().is_some_and(|end| end.eq_ignore_ascii_case("onnx"));
    let text = match is_onnx {
        true => onnx::text(&OnnxModel::read(file)?, arguments)?,
        false => checkpoint::text(&Checkpoint::contents(file)?, arguments)?,
    };
    show(&text)
}

/// Number of rows of a list that is cut.
const SHOWN: usize = 24;

/// Rows of names, shapes and types, aligned; the middle of a long list is left out.
fn rows(rows: &[[String; 3]], all: bool) -> String {
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
    let (first, second) = (width(0), width(1));
    let line = |row: &[String; 3]| {
        let line = format!("  {:<first$}  {:<second$}  {}", row[0], row[1], row[2]);
        format!("{}\n", line.trim_end())
    };
    if all || rows.len() <= SHOWN + 1 {
        return rows.iter().map(line).collect();
    }
    let half = SHOWN / 2;
    let (start, end) = (&rows[..half], &rows[rows.len() - half..]);
    let left = rows.len() - SHOWN;
    let cut = format!("  ... {left} more; --all lists them\n");
    start.iter().map(line).chain([cut]).chain(end.iter().map(line)).collect()
}
