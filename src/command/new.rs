use std::io::Write as _;
use std::path::{Path, PathBuf};

use anyhow::Context as _;

use super::schema::schema_text;
use super::show;

const TEMPLATE: &str = include_str!("template.toml");
/// File name of the schema, as the template has it.
const SCHEMA: &str = "camlab.schema.json";

/// Writes a commented experiment to start from and the schema that editors check it by, or prints the experiment;
/// never overwrites a file.
pub fn new(file: Option<&Path>) -> anyhow::Result<()> {
    let Some(file) = file else {
        return show(TEMPLATE);
    };
    let mut created = std::fs::File::create_new(file).with_context(|| {
        format!("cannot create {}; an existing file is never overwritten", file.display())
    })?;
    created.write_all(TEMPLATE.as_bytes()).with_context(|| format!("cannot write {}", file.display()))?;
    let mut text = format!("wrote {0}; run it with: camlab run {0}\n", file.display());
    if let Some(schema) = write_schema(file)? {
        text +=
            &format!("wrote {}; editors with a TOML plug-in complete and check by it\n", schema.display());
    }
    show(&text)
}

/// Writes the schema beside an experiment and returns its path; `None` if there is a file of its name.
fn write_schema(experiment: &Path) -> anyhow::Result<Option<PathBuf>> {
    let path = experiment.with_file_name(SCHEMA);
    let mut created = match std::fs::File::create_new(&path) {
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => return Ok(None),
        created => created.with_context(|| format!("cannot create {}", path.display()))?,
    };
    created
        .write_all(schema_text().as_bytes())
        .with_context(|| format!("cannot write {}", path.display()))?;
    Ok(Some(path))
}
