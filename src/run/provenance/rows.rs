use super::Provenance;
use camlab_frame::RunRow;

/// Bytes of a gigabyte.
const GIGABYTE: f64 = 1e9;

/// The provenance as rows of `run.parquet`.
pub(crate) fn rows(provenance: &Provenance) -> Vec<RunRow> {
    let Provenance { build, experiment, machine, .. } = provenance;
    let repository = experiment.repository.as_ref();
    let commit = repository.map_or_else(|| "not in a git repository".to_owned(), |found| found.words());
    let arguments: Vec<String> = provenance.command_line.iter().map(|argument| quoted(argument)).collect();
    let memory = machine.memory.map(|bytes| format!("{:.1} GB", bytes as f64 / GIGABYTE));
    vec![
        RunRow::new(RunRow::CAMLAB, &build.version),
        RunRow::new(RunRow::BUILD, build.words()),
        RunRow::new(RunRow::LOCK, format!("blake3 {}", build.lock)),
        RunRow::new(RunRow::COMMIT, commit),
        RunRow::new(RunRow::COMMAND, arguments.join(" ")),
        RunRow::new(RunRow::HOST, &machine.host),
        RunRow::new(RunRow::PROCESSOR, &machine.processor),
        RunRow::new(RunRow::FEATURES, machine.features.join(" ")),
        RunRow::new(RunRow::INSTRUCTIONS, &machine.instructions),
        RunRow::new(RunRow::THREADS, machine.threads),
        RunRow::new(RunRow::MEMORY, memory.unwrap_or_else(|| "unknown".to_owned())),
        RunRow::new(RunRow::SYSTEM, &machine.system),
        RunRow::new(RunRow::BEGUN, &provenance.begun),
        RunRow::new(RunRow::ENDED, &provenance.ended),
    ]
}

/// An argument as a shell takes it.
fn quoted(argument: &str) -> String {
    let plain = |letter: char| letter.is_alphanumeric() || "-_./:=,+@%".contains(letter);
    match !argument.is_empty() && argument.chars().all(plain) {
        true => argument.to_owned(),
        false => format!("'{}'", argument.replace('\'', r"'\''")),
    }
}

#[cfg(test)]
mod tests {
    use super::quoted;

    #[test]
    fn arguments_are_quoted_where_a_shell_needs_it() {
        assert_eq!(quoted("training.lr=0.1"), "training.lr=0.1");
        assert_eq!(quoted("maps.layers=[\"layer3\"]"), "'maps.layers=[\"layer3\"]'");
        assert_eq!(quoted("it's"), r"'it'\''s'");
        assert_eq!(quoted(""), "''");
    }
}
