//! Any bytes as a checkpoint.
#![no_main]

mod largest;

use std::path::PathBuf;

use camlab_nn::checkpoint::{Checkpoint, TensorSelection};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let folder = std::env::var_os("CAMLAB_FUZZ_FOLDER").map_or_else(std::env::temp_dir, PathBuf::from);
    let path = folder.join(format!("camlab-fuzz-{}", std::process::id()));
    std::fs::write(&path, bytes).expect("a folder that can be written");
    largest::bounded(bytes, || {
        let _ = Checkpoint::contents(&path);
        let _ = Checkpoint::files(&path);
        for state_dict in [None, Some("state_dict")] {
            let selection = TensorSelection { state_dict, ..TensorSelection::ALL };
            let _ = Checkpoint::read_selected(&path, selection);
        }
    });
});
