use serde::de::DeserializeOwned;

/// A part named on the command line: a bare name, or its TOML with options.
pub fn parse<T: DeserializeOwned>(option: &str, written: &str) -> anyhow::Result<T> {
    let value =
        if written.trim_start().starts_with('{') { written.to_string() } else { format!("{written:?}") };
    // The part stands under some key, as it would in a file; a map takes it whatever its type.
    let mut holder: std::collections::BTreeMap<String, T> = toml::from_str(&format!("part = {value}"))
        .map_err(|error| anyhow::anyhow!("{option} {written}: {}", error.message()))?;
    holder.remove("part").ok_or_else(|| anyhow::anyhow!("{option} {written}: names nothing"))
}
