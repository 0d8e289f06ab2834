//! Every broken experiment in `fixtures/invalid` and what a person is told about it.

use std::path::Path;

use camlab::config::Document;
use camlab::plan;

#[test]
fn every_broken_experiment_is_explained() {
    let folder = Path::new("fixtures/invalid");
    let mut names: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    assert!(names.len() >= 25, "only {} broken experiments", names.len());
    for name in names {
        let path = folder.join(&name);
        let text = std::fs::read_to_string(&path).unwrap();
        let refused = match Document::parse(&path, &text) {
            Ok(document) => plan::cells(&document).map(|_| ()),
            Err(invalid) => Err(invalid),
        };
        let invalid = refused.expect_err(&format!("{name} should be refused"));
        for diagnostic in &invalid.diagnostics {
            assert!(
                diagnostic.span.is_some() || name.starts_with("missing"),
                "{name}: {diagnostic:?} has no place"
            );
        }
        insta::with_settings!({ omit_expression => true, prepend_module_to_snapshot => false }, {
            insta::assert_snapshot!(name.trim_end_matches(".toml"), invalid.render(false));
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
