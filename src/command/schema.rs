use super::show;

/// Prints the JSON Schema of the experiment file.
pub fn schema() -> anyhow::Result<()> {
    show(&schema_text())
}

/// The JSON Schema of the experiment file, indented.
pub(super) fn schema_text() -> String {
    format!("{:#}\n", camlab::config::schema())
}
