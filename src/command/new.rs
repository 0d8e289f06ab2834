use std::io::Write as _;
use std::path::Path;

use anyhow::Context as _;

use super::show;

const TEMPLATE: &str = include_str!("template.toml");

/// Writes a commented experiment to start from, or prints it; never overwrites a file.
pub fn new(file: Option<&Path>) -> anyhow::Result<()> {
    let Some(file) = file else {
        return show(TEMPLATE);
    };
    let mut created = std::fs::File::create_new(file).with_context(|| {
        format!("cannot create {}; an existing file is never overwritten", file.display())
    })?;
    created.write_all(TEMPLATE.as_bytes()).with_context(|| format!("cannot write {}", file.display()))?;
    show(&format!("wrote {0}; run it with: camlab run {0}\n", file.display()))
}
