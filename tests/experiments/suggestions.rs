//! Suggestions and limits in the errors for slightly wrong input.

use std::path::Path;

use camlab::config::Document;
use camlab::plan;

/// Error text for the quickstart with a change; empty if it is valid.
fn told(set: &str) -> String {
    let path = Path::new("experiments/quickstart.toml");
    let text = std::fs::read_to_string(path).unwrap();
    let mut document = Document::parse(path, &text).unwrap();
    let set = document.set(set);
    match set.and_then(|()| plan::cells(&document).map(|_| ())) {
        Ok(()) => String::new(),
        Err(invalid) => invalid.render(false),
    }
}

#[test]
fn suggestions_ignore_case() {
    for (set, meant) in [
        ("maps.0.methods=[\"Grad-CAM\"]", "grad-cam"),
        ("maps.0.layers=[\"LAYER3\"]", "layer3"),
        ("Training.epochs=1", "training"),
        ("training.Epochs=1", "epochs"),
        ("evaluation.interpolation=\"Bilinear\"", "bilinear"),
    ] {
        let text = told(set);
        assert!(text.contains(&format!("did you mean `{meant}`")), "{set}: {text}");
    }
}

#[test]
fn numbers_out_of_range_are_told_their_limit() {
    let text = told("training.epochs=99999999999999999999");
    assert!(text.contains("9223372036854775807"), "{text}");
    let text = told("evaluation.bootstrap=-1");
    assert!(text.contains("zero or more"), "{text}");
    let text = told("training.schedule={ step = { every = 99999999999999999999 } }");
    assert!(text.contains("9223372036854775807"), "{text}");
}

#[test]
fn a_word_where_a_table_belongs_is_told_what_belongs_there() {
    let text = told("training=none");
    assert!(text.contains("expected a table") && text.contains("leave the key out"), "{text}");
}
