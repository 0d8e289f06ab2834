//! Every broken experiment in `fixtures/invalid` and what a person is told about it.

use std::path::Path;

use camlab::config::{Document, Invalid};
use camlab::{plan, run};

#[test]
fn every_broken_experiment_is_explained() {
    let folder = Path::new("fixtures/invalid");
    let mut names: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.ends_with(".toml"))
        .collect();
    names.sort();
    assert!(names.len() >= 200, "only {} broken experiments", names.len());
    let here = std::env::current_dir().unwrap().display().to_string();
    for name in names {
        let read = run::open(&folder.join(&name)).and_then(|document| Ok(plan::cells(&document).map(drop)?));
        let error = read.expect_err(&format!("{name} should be refused"));
        let invalid: Invalid = error.downcast().expect("an error with places");
        for diagnostic in &invalid.diagnostics {
            assert!(
                diagnostic.span.is_some() || diagnostic.message.starts_with("missing field"),
                "{name}: {diagnostic:?} has no place"
            );
        }
        insta::with_settings!({ omit_expression => true, prepend_module_to_snapshot => false }, {
            let told = invalid.render(false).replace(&here, "[folder]");
            insta::assert_snapshot!(name.trim_end_matches(".toml"), told);
        });
    }
}

/// The first line of each fixture says what is broken; the file must be broken in that way alone, so the
/// quickstart, from which they are cut, must be whole.
#[test]
fn an_experiment_without_mistakes_is_not_refused() {
    let path = Path::new("experiments/quickstart.toml");
    let text = std::fs::read_to_string(path).unwrap();
    let document = Document::parse(path, &text).unwrap();
    assert_eq!(plan::cells(&document).unwrap().len(), 1);
}
