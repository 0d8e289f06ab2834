//! PyTorch's checkpoints: the files of `fixtures/golden/torch-files` give back the tensors that were saved.

use std::path::{Path, PathBuf};

use camlab::nn::checkpoint::{Checkpoint, StoredTensor};

use crate::support::tensors_by_file;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/golden/torch-files")
}

#[test]
fn every_way_of_saving_gives_back_the_tensors() {
    let expected = tensors_by_file(&folder().join("tensors.safetensors"));
    assert_eq!(expected.len(), 19, "a file is missing");
    for (file, tensors) in &expected {
        let found = Checkpoint::read(&folder().join(format!("{file}.pth")));
        let found = found.unwrap_or_else(|error| panic!("{file}: {error}"));
        let names: Vec<_> = found.tensors().keys().collect();
        assert_eq!(names, tensors.keys().collect::<Vec<_>>(), "{file}");
        for (name, wanted) in tensors {
            let found = &found.tensors()[name];
            assert_eq!(found.shape, wanted.shape, "{file}: {name}");
            let bits = |tensor: &StoredTensor| tensor.data.iter().map(|x| x.to_bits()).collect::<Vec<_>>();
            assert_eq!(bits(found), bits(wanted), "{file}: {name}");
        }
    }
}

/// The content decides what a file is.
#[test]
fn the_name_of_a_file_does_not_matter() {
    let place = tempfile::tempdir().expect("a folder");
    for (from, to) in [("state-zip.pth", "a.safetensors"), ("tensors.safetensors", "b.pth"), ("net.pth", "c")]
    {
        let copy = place.path().join(to);
        std::fs::copy(folder().join(from), &copy).expect("a copy");
        let (original, copy) = (Checkpoint::read(&folder().join(from)), Checkpoint::read(&copy));
        assert_eq!(original.expect("readable").tensors(), copy.expect("readable").tensors());
    }
}
