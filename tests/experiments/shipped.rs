//! Everything that is shipped as an experiment is one: files, the template, the README's examples.

use std::path::Path;

use camlab::config::Document;
use camlab::{plan, run};

fn check(name: &str, text: &str) {
    // Fragments of documents extend the shipped experiments.
    let path = if name.ends_with(".toml") { Path::new(name) } else { Path::new("experiments/block.toml") };
    let cells = run::open_text(path, text.to_owned()).and_then(|document| plan::cells(&document));
    if let Err(invalid) = cells {
        panic!("{name}\n{invalid}");
    }
}

#[test]
fn every_shipped_experiment_is_whole_and_states_its_question() {
    let mut seen = 0;
    for entry in std::fs::read_dir("experiments").unwrap() {
        let path = entry.unwrap().path();
        let text = std::fs::read_to_string(&path).unwrap();
        let name = path.display().to_string();
        check(&name, &text);
        let first = text.lines().next().unwrap_or_default();
        assert!(first.starts_with("# ") && text.contains('?'), "{name} does not begin with its question");
        // Editors read the directive in the comments at the top only.
        let mut top = text.lines().take_while(|line| line.starts_with('#'));
        assert!(
            top.any(|line| line == "#:schema ../docs/camlab.schema.json"),
            "{name} names no schema at its top"
        );
        seen += 1;
    }
    assert!(seen >= 3);
    check("the template", include_str!("../../src/command/template.toml"));
}

/// An experiment that has everything that a fragment in a document may speak of.
const BASE: &str = r#"
name = "base"

[backbone.resnet]
stem = "small-stride-2"
block = "basic"
depths = [1, 1, 1, 1]
widths = [8, 8, 16, 16]

[data]
train = { synthetic = { split = "train", images = 60 } }
test = { synthetic = { split = "test", images = 60 } }
input = { size = 64, normalise = "imagenet" }

[[init]]
name = "kaiming"
scheme = "kaiming-normal"

[[init]]
name = "xavier"
scheme = "xavier-uniform"

[[init]]
name = "orthogonal"
scheme = "orthogonal"

[training]
epochs = 2

[[maps]]
methods = ["cam", "grad-cam", "score-cam", "layer-cam", "input-x-gradient"]
layers = ["layer4"]
"#;

/// The documents of the project, at its top and under `docs/`.
fn documents() -> Vec<(String, String)> {
    let files = [".", "docs", "docs/notes"].into_iter().filter_map(|folder| std::fs::read_dir(folder).ok());
    let paths = files.flatten().map(|entry| entry.unwrap().path());
    let documents = paths.filter(|path| path.extension().is_some_and(|extension| extension == "md"));
    documents.map(|path| (path.display().to_string(), std::fs::read_to_string(&path).unwrap())).collect()
}

#[test]
fn every_toml_block_of_every_document_is_an_experiment_or_a_part_of_one() {
    let mut seen = 0;
    let folder = tempfile::tempdir().unwrap();
    let base = folder.path().join("base.toml");
    std::fs::write(&base, BASE).unwrap();
    for (name, text) in documents() {
        for (number, block) in text.split("```toml\n").skip(1).enumerate() {
            let block = block.split("```").next().unwrap();
            let name = format!("{name}, block {}", number + 1);
            let fragment: toml::Table =
                block.parse().unwrap_or_else(|error| panic!("{name}: {error}\n{block}"));
            // A manifest or a configuration of another tool is no experiment.
            if fragment.contains_key("package") || fragment.contains_key("dependencies") {
                continue;
            }
            if fragment.contains_key("extends")
                || (fragment.contains_key("name") && fragment.contains_key("data"))
            {
                check(&name, block);
            } else {
                check(
                    &name,
                    &format!(
                        "extends = '{}'
{block}",
                        base.display()
                    ),
                );
            }
            seen += 1;
        }
    }
    assert!(seen >= 10, "only {seen} blocks");
}

#[test]
fn the_readme_shows_the_error_that_is_given() {
    let readme = include_str!("../../README.md");
    let whole = readme.split("```toml\n").nth(1).unwrap().split("```").next().unwrap();
    let broken = whole.replace("layers = [\"layer3\", \"layer4\"]", "layers = [\"layr4\"]");
    let document = Document::parse(Path::new("mine.toml"), &broken).unwrap();
    let shown = plan::cells(&document).unwrap_err().render(false);
    assert!(readme.contains(shown.trim()), "the README should show\n{shown}");
}
