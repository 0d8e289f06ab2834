//! Any text as a filter expression; printed, an expression parses to the same.
#![no_main]

use camlab_index::expression::parse;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    match parse(text) {
        Ok(expression) => assert_eq!(parse(&expression.to_string()).as_ref(), Ok(&expression)),
        Err(error) => drop(error.render(false)),
    }
});
