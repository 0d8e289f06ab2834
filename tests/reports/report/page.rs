use std::path::Path;

use camlab::frame::{MapThresholdRow, write};
use camlab::report;

use super::fixture::{Fixture, Rows};

/// The report of some rows: `report.md` and `index.html`.
pub fn report(rows: &Rows) -> (String, String) {
    let dir = tempfile::tempdir().unwrap();
    rows.write(dir.path());
    let written = report::write(dir.path()).unwrap();
    assert_eq!(written.last().unwrap(), &dir.path().join("index.html"));
    assert!(written.iter().all(|path| path.is_file()));
    keep(dir.path());
    let text = |name: &str| std::fs::read_to_string(dir.path().join(name)).unwrap();
    (text("report.md"), text("index.html"))
}

/// Copies a report to the directory named by CAMLAB_KEEP_REPORTS, for looking at in a browser.
fn keep(dir: &Path) {
    let Some(target) = std::env::var_os("CAMLAB_KEEP_REPORTS") else { return };
    let name = std::thread::current().name().unwrap_or("report").replace("::", "-");
    let target = Path::new(&target).join(name);
    std::fs::create_dir_all(target.join("figures")).unwrap();
    for folder in ["", "figures"] {
        for entry in std::fs::read_dir(dir.join(folder)).unwrap() {
            let path = entry.unwrap().path();
            if path.is_file() {
                std::fs::copy(&path, target.join(folder).join(path.file_name().unwrap())).unwrap();
            }
        }
    }
}

pub fn is_clean(html: &str) {
    // Base64 may spell anything.
    let html: String =
        html.split("base64,").map(|part| part.split_once('"').map_or(part, |(_, text)| text)).collect();
    for bad in ["NaN", "inf ", "undefined", "none</", "{{", "{%"] {
        assert!(!html.contains(bad), "the page says `{bad}`");
    }
}

pub fn snapshots() -> insta::Settings {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("../snapshots");
    settings.set_prepend_module_to_snapshot(false);
    settings
}

#[test]
fn one_cell() {
    let (markdown, html) = report(&Fixture::default().rows());
    is_clean(&html);
    for section in ["results", "paired", "figures", "gallery", "provenance"] {
        assert!(html.contains(&format!("id=\"{section}\"")), "no section {section}");
    }
    assert!(!html.contains("http://") || !html.replace("http://www.w3.org/2000/svg", "").contains("http://"));
    assert!(!html.contains("<script"), "a report needs no script");
    snapshots().bind(|| insta::assert_snapshot!("report-one-cell", markdown));
}

/// Rows of `map-thresholds.parquet` for every map of a report; validation images choose for those that `val` names.
fn thresholds(rows: &Rows, val: &[&str]) -> Vec<MapThresholdRow> {
    let mut found: Vec<MapThresholdRow> = Vec::new();
    for image in rows.images.iter().filter(|image| image.index == 0) {
        for chosen_by in ["oracle", "val"] {
            if chosen_by == "oracle" || val.contains(&image.method.as_str()) {
                found.push(MapThresholdRow {
                    cell: image.cell.clone(),
                    seed: image.seed,
                    network: image.network.clone(),
                    method: image.method.clone(),
                    layer: image.layer.clone(),
                    contrast: image.contrast.clone(),
                    chosen_by: chosen_by.into(),
                    contours: "any".into(),
                    delta: 0.5,
                    level: 100,
                });
            }
        }
    }
    found
}

#[test]
fn a_report_says_which_images_chose_thresholds() {
    let rows = Fixture { epochs: 0, cases: 0, ..Fixture::default() }.rows();
    let methods: Vec<&str> = rows.images.iter().map(|image| image.method.as_str()).collect();
    let told = |val: &[&str]| -> String {
        let dir = tempfile::tempdir().unwrap();
        rows.write(dir.path());
        write(dir.path(), &thresholds(&rows, val)).unwrap();
        report::write(dir.path()).unwrap();
        std::fs::read_to_string(dir.path().join("report.md")).unwrap()
    };
    let (none, some, all) = (told(&[]), told(&methods[..1]), told(&methods));
    let (upper, mixed) = ("so that box metrics are upper bounds", "tables mix val and oracle thresholds");
    assert!(none.contains(upper) && !none.contains(mixed));
    assert!(some.contains(mixed) && !all.contains(mixed));
    // Reports of earlier versions say nothing.
    let (earlier, _) = report(&rows);
    assert!(!earlier.contains(upper) && !earlier.contains(mixed));
}

#[test]
fn seeds_are_joined() {
    let rows = Fixture { seeds: vec![1, 2, 3, 4, 5], epochs: 0, cases: 0, ..Fixture::default() }.rows();
    let (markdown, html) = report(&rows);
    is_clean(&html);
    snapshots().bind(|| insta::assert_snapshot!("report-seeds", markdown));
}

#[test]
fn a_sweep_of_sixty_cells_stays_readable() {
    let mut configurations = Vec::new();
    for rate in ["0.01", "0.03", "0.1", "0.3", "1.0"] {
        for fusion in ["weight-average", "greedy-soup"] {
            for k in ["1", "3"] {
                let keys = [("training.lr", rate), ("fusion", fusion), ("cam.top-k", k)];
                let label: Vec<String> = keys.iter().map(|(key, value)| format!("{key} = {value}")).collect();
                let pairs =
                    keys.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
                configurations.push((label.join(", "), pairs));
            }
        }
    }
    let fixture = Fixture {
        configurations,
        seeds: vec![1, 2, 3],
        networks: vec!["resnet18", "resnet50"],
        layers: vec!["layer4"],
        images: 8,
        epochs: 4,
        cases: 1,
        ..Fixture::default()
    };
    let (markdown, html) = report(&fixture.rows());
    is_clean(&html);
    assert!(html.contains("id=\"configurations\""));
    assert!(markdown.contains("MaxBoxAccV2 against training.lr"));
    assert!(html.len() < 6 << 20, "the page has {} bytes", html.len());
}

#[test]
fn one_image_nothing_trained_and_missing_values() {
    let mut rows = Fixture { images: 1, epochs: 0, cases: 1, ..Fixture::default() }.rows();
    for row in rows.summary.iter_mut().filter(|row| row.method == "grad-cam" || row.metric == "PxAP") {
        row.value = f64::NAN;
        row.ci_low = Some(f64::NAN);
        row.ci_high = None;
    }
    rows.gallery[0].iou = f32::NAN;
    rows.curves[3].accuracy = f64::NAN;
    let (markdown, html) = report(&rows);
    is_clean(&html);
    assert!(!markdown.contains("NaN") && markdown.contains('–'));
    assert!(html.contains("With 1 image the intervals are unreliable"), "says that n is too small");
    assert!(
        html.contains("too few images to tell") && !html.contains("significant difference"),
        "one image proves nothing"
    );
    assert!(!html.contains("<h3>Training</h3>"));
}

#[test]
fn nothing_at_all() {
    let rows = Rows { run: Fixture::default().rows().run, ..Rows::default() };
    let (markdown, html) = report(&rows);
    is_clean(&html);
    assert!(markdown.contains("No method has a result yet"));
}

#[test]
fn what_users_write_is_shown_and_never_run() {
    let evil = "<script>alert(1)</script>|`*&\"'";
    let mut rows =
        Fixture { experiment: evil.into(), question: evil.into(), images: 4, ..Fixture::default() }.rows();
    for row in &mut rows.run {
        row.value += evil;
    }
    rows.summary.iter_mut().filter(|row| row.method == "cam").for_each(|row| row.method = evil.into());
    rows.images.iter_mut().filter(|row| row.method == "cam").for_each(|row| row.method = evil.into());
    rows.curves.iter_mut().filter(|row| &*row.method == "cam").for_each(|row| row.method = evil.into());
    rows.training.iter_mut().for_each(|row| row.network = evil.into());
    rows.training.iter_mut().for_each(|row| row.stage = evil.into());
    rows.steps.iter_mut().for_each(|row| row.network = evil.into());
    for row in &mut rows.gallery {
        row.image = evil.into();
        row.label_name = evil.into();
        row.predicted_name = Some(evil.into());
        row.method = evil.into();
    }
    rows.cells[0].configuration = evil.into();
    let (markdown, html) = report(&rows);
    assert!(!html.contains("<script"));
    assert!(html.contains("&lt;script&gt;"));
    let outside: String = markdown.split("```").step_by(2).collect();
    assert!(!outside.contains("<script"), "{outside}");
    let tables = markdown.lines().filter(|line| line.starts_with("| ") && line.contains("script"));
    for line in tables {
        assert!(line.contains("\\|"), "an unescaped bar in {line}");
    }
}

#[test]
fn a_damaged_photograph_and_a_false_map_are_named() {
    let fixture = Fixture { images: 2, ..Fixture::default() };
    let error = |rows: Rows| {
        let dir = tempfile::tempdir().unwrap();
        rows.write(dir.path());
        report::write(dir.path()).unwrap_err().to_string()
    };
    let mut rows = fixture.rows();
    rows.gallery.iter_mut().for_each(|row| row.photo = b"broken".to_vec());
    assert!(error(rows).contains("shape-0000"));
    let mut rows = fixture.rows();
    rows.gallery.iter_mut().for_each(|row| row.map.truncate(5));
    assert!(error(rows).contains("the map has 5 values, expected 7 x 7"));
}

#[test]
fn the_same_frames_give_the_same_report() {
    let rows = Fixture { images: 30, ..Fixture::default() }.rows();
    assert!(report(&rows) == report(&rows));
}
