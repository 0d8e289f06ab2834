//! Any text as an experiment file; what follows a zero byte is a second one, which the first can extend.
#![no_main]

mod files;

use camlab_config::Document;
use libfuzzer_sys::fuzz_target;

use files::{Memory, check, file};

fuzz_target!(|bytes: &[u8]| {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let (text, other) = text.split_once('\0').unwrap_or((text, ""));
    match Document::open(file("fuzzed.toml", text), Memory::new(other)) {
        Ok(document) => check(&document),
        Err(invalid) => drop(invalid.render(false)),
    }
});
