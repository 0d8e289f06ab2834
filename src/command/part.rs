use serde::de::DeserializeOwned;

/// Parses a part given as a command-line option: a bare name, or its TOML with options.
pub fn parse<T: DeserializeOwned>(option: &str, written: &str) -> anyhow::Result<T> {
    let value =
        if written.trim_start().starts_with('{') { written.to_string() } else { format!("{written:?}") };
    // A TOML value needs a key, as in a file.
    let mut holder: std::collections::BTreeMap<String, T> = toml::from_str(&format!("part = {value}"))
        .map_err(|error| anyhow::anyhow!("{option} {written}: {}", error.message()))?;
    holder.remove("part").ok_or_else(|| anyhow::anyhow!("{option} {written}: no name given"))
}
