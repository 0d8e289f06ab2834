//! Any lines as arguments of `--set` for a whole experiment.
#![no_main]

mod files;

use camlab_config::Document;
use libfuzzer_sys::fuzz_target;

use files::{Memory, WHOLE, check, file};

fuzz_target!(|bytes: &[u8]| {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let Ok(mut document) = Document::open(file("fuzzed.toml", WHOLE), Memory::new("")) else { return };
    for argument in text.lines().take(4) {
        if let Err(invalid) = document.set(argument) {
            drop(invalid.render(false));
        }
    }
    check(&document);
});
