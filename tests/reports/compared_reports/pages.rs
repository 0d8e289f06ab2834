use super::fixture::Fabricated;
use super::{compare, printed, written};

fn snapshots() -> insta::Settings {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("../snapshots");
    settings.set_prepend_module_to_snapshot(false);
    settings
}

/// Three reports that differ in a key, a commit, a name and a map.
fn three() -> tempfile::TempDir {
    let first = Fabricated::new("lr-0.1", 100, 0.5);
    let mut second = Fabricated::new("lr-0.2", 100, 0.56);
    second.toml = second.toml.replace("lr = 0.1", "lr = 0.2");
    second.facts[1].1 = "0ff0ff0ff0 with uncommitted changes".into();
    let mut third = Fabricated::new("renamed", 100, 0.52);
    third.network = "kaiming-of-another-name".into();
    third.image = |at| format!("other-{at:04}");
    written(&[&first, &second, &third])
}

#[test]
fn text_and_markdown_are_as_they_were() {
    let folder = three();
    let text = printed(folder.path(), &["lr-0.1", "lr-0.2"]);
    assert!(text.lines().all(|line| line.chars().count() <= 120), "a line is too long:\n{text}");
    assert!(!text.contains('\u{1b}'), "colour without a terminal");
    let markdown = printed(folder.path(), &["lr-0.1", "lr-0.2", "renamed", "--markdown", "-"]);
    snapshots().bind(|| {
        insta::assert_snapshot!("compared-text", text);
        insta::assert_snapshot!("compared-markdown", markdown);
    });
}

#[test]
fn a_narrow_text_has_narrow_lines() {
    use camlab::report::{ComparedReport, ReportComparison};
    let report = |name: &str, value: &str| ComparedReport {
        name: name.into(),
        values: vec![("training.augment.random-resized-crop.scale".into(), value.into())],
        ..ComparedReport::default()
    };
    let reports =
        vec![report("one", "[0.08, 1.0]"), report("other", "[0.25, 1.0, and a long value of words]")];
    let comparison = ReportComparison { reports, ..ReportComparison::default() };
    for width in [50, 80, 200] {
        let text = comparison.text(width, false);
        assert!(text.lines().all(|line| line.chars().count() <= width), "{width}:\n{text}");
        let plain: String = text.split_whitespace().collect();
        assert!(plain.contains("[0.25,1.0,"), "{text}");
    }
    assert!(comparison.text(80, true).contains("\u{1b}[1m"));
}

#[test]
fn the_page_is_one_file() {
    let folder = three();
    let page = folder.path().join("compared.html");
    let arguments = ["lr-0.1", "lr-0.2", "renamed", "--html", "compared.html", "--markdown", "compared.md"];
    let found = compare(folder.path(), &arguments).success();
    let text = super::text(&found.get_output().stdout);
    assert!(text.ends_with("compared.md\ncompared.html\n"), "{text}");
    let html = std::fs::read_to_string(&page).unwrap();
    for part in
        ["id=\"configuration\"", "id=\"results\"", "id=\"figures\"", "<svg", "training.lr", "Grad-CAM"]
    {
        assert!(html.contains(part), "no {part}");
    }
    for bad in ["NaN", "undefined", "{{", "{%", "<script", "src=", "<link"] {
        assert!(!html.contains(bad), "the page says `{bad}`");
    }
    assert!(!html.replace("http://www.w3.org/2000/svg", "").contains("http://"));
    if let Some(target) = std::env::var_os("CAMLAB_KEEP_REPORTS") {
        std::fs::create_dir_all(&target).unwrap();
        std::fs::copy(&page, std::path::Path::new(&target).join("compared.html")).unwrap();
    }
    let metric = printed(folder.path(), &["lr-0.1", "lr-0.2", "--metric", "MaxBoxAccV2"]);
    assert!(metric.contains("MaxBoxAccV2") && !metric.contains("KL divergence"));
}
