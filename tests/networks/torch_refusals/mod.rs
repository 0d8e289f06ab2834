//! Malicious and broken PyTorch files: refused with a reason, nothing run, no panic.

mod files;
mod pickle;

use std::path::Path;

use camlab::nn::checkpoint::{Checkpoint, CheckpointError};
use proptest::prelude::*;

fn read(bytes: &[u8]) -> Result<Checkpoint, CheckpointError> {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("FILE");
    std::fs::write(&path, bytes).expect("a written file");
    Checkpoint::read(&path)
}

/// The frame that the files are built in is read.
#[test]
fn the_files_would_be_read_without_what_is_wrong_with_them() {
    let object = pickle::beside(b"N".to_vec());
    for bytes in [pickle::Legacy::new(object.clone()).bytes(), pickle::zipped(&object)] {
        let checkpoint = read(&bytes).expect("a good file");
        assert_eq!(checkpoint.tensors()["weight"].data, [1.0, 2.0, 3.0, 4.0]);
    }
}

#[test]
fn every_file_is_refused_with_a_reason() {
    let files = files::files();
    assert!(files.len() >= 100, "only {} files", files.len());
    for (name, bytes) in &files {
        let error = match read(bytes) {
            Ok(_) => panic!("{name}: was read"),
            Err(error) => error.to_string(),
        };
        println!("{name}\n    {error}");
        let reason = error.split_once("FILE`").map_or("", |(_, reason)| reason);
        assert!(reason.len() > 12, "{name}: no file or no reason in {error}");
        if let Some(call) = name.strip_prefix("calls ") {
            assert!(reason.contains(&format!("asks to load and call `{call}`")), "{name}: {error}");
        }
    }
    assert!(!Path::new("/tmp/owned").exists(), "something was run");
}

/// Good files, and changes to them.
fn golden(name: &str) -> Vec<u8> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/golden/torch-files");
    std::fs::read(folder.join(name)).expect("a golden file")
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    /// Read or refused, never a panic.
    #[test]
    fn changed_files_never_panic(
        which in 0usize..6,
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>(), 0u8..4), 1..8),
    ) {
        let names = ["state-zip", "state-legacy", "views-zip", "views-legacy", "wrapped-legacy", "whole-module"];
        let mut bytes = golden(&format!("{}.pth", names[which]));
        for (place, value, kind) in changes {
            if bytes.is_empty() {
                break;
            }
            let at = place.index(bytes.len());
            match kind {
                0 => bytes[at] = value,
                1 => bytes[at] ^= 1 << (value % 8),
                2 => bytes.insert(at, value),
                _ => drop(bytes.remove(at)),
            }
        }
        drop(read(&bytes));
    }

    /// The same of what is no checkpoint but begins like one.
    #[test]
    fn noise_never_panics(head in 0usize..4, noise in prop::collection::vec(any::<u8>(), 0..300)) {
        let heads: [&[u8]; 4] = [b"PK\x03\x04", b"\x80\x02", b"}(", &pickle::Legacy::new(Vec::new()).bytes()[..40]];
        drop(read(&[heads[head], &noise].concat()));
    }
}
