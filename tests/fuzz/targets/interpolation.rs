//! Any lines as values of a few keys of a whole experiment, referring to each other and to swept keys.
#![no_main]

mod files;

use camlab_config::Document;
use libfuzzer_sys::fuzz_target;

use files::{Memory, check, file};

fuzz_target!(|bytes: &[u8]| {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let mut lines = text.lines();
    // Literal strings: every character but the quote itself stands for itself.
    let [a, b, c, d] = [(); 4].map(|()| format!("'{}'", lines.next().unwrap_or_default().replace('\'', "")));
    let text = format!(
        "extends = 'whole.toml'\nquestion = {a}\nname = {b}\n[training]\nlr = {c}\nschedule = {{ step = {{ every = {d} }} }}\n\
         [sweep]\n'training.batch' = [{a}, 8]\n'training.momentum' = {{ values = [0.5, {c}], when = {{ name = {d} }} }}\n"
    );
    match Document::open(file("fuzzed.toml", &text), Memory::new("")) {
        Ok(document) => check(&document),
        Err(invalid) => drop(invalid.render(false)),
    }
});
