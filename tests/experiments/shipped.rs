//! Everything that is shipped as an experiment is one: files, the template, the README's examples.

use std::path::Path;

use camlab::config::Document;
use camlab::plan;

fn check(name: &str, text: &str) {
    let cells = Document::parse(Path::new(name), text).and_then(|document| plan::cells(&document));
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
        seen += 1;
    }
    assert!(seen >= 3);
    check("the template", include_str!("../../src/command/template.toml"));
}

#[test]
fn the_readmes_examples_are_experiments() {
    let readme = include_str!("../../README.md");
    let blocks: Vec<&str> =
        readme.split("```toml\n").skip(1).map(|rest| rest.split("```").next().unwrap()).collect();
    let with = |word: &str| *blocks.iter().find(|block| block.contains(word)).expect(word);
    let (whole, declared, looks, sweep) =
        (blocks[0], with("[[claim]]"), with("[[agreement]]"), with("[sweep]"));
    check("the README's first example", whole);
    check("the README's example of looks", &format!("{whole}\n{looks}"));
    // What is declared beyond results speaks of methods that the quickstart does not make.
    let listed = "methods = [\"cam\", \"grad-cam\", \"score-cam\", \"input-x-gradient\"]";
    let quickstart = include_str!("../../experiments/quickstart.toml");
    let around = quickstart.replace("methods = [\"cam\", \"grad-cam\", \"layer-cam\"]", listed);
    check("the README's example of claims", &format!("{around}\n{declared}"));
    // The sweep shows what to add to a file with a [training]: put around it, it must be one.
    let (top, table) = sweep.split_once("[sweep]").unwrap();
    let around = format!("{top}\n{quickstart}\n[sweep]{}", table.replace("layer4", "layer3"));
    check("the README's example of a sweep", &around);
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
