use camlab::frame::{CalibrationRow, ClassRow, ConfusionRow, write};
use camlab::report;

use super::fixture::{Fixture, Rows};
use super::page::{is_clean, snapshots};

const NETWORK: &str = "resnet18-fused";

/// Rows of `classes.parquet` for every map: a class's value is its number, and the map's rank more.
fn classes(rows: &Rows, number: u32) -> Vec<ClassRow> {
    let mut found = Vec::new();
    for (rank, line) in rows.summary.iter().filter(|row| row.metric == "MaxBoxAccV2").enumerate() {
        for class in 0..number {
            found.extend(["MaxBoxAccV2", "PxAP"].map(|metric| ClassRow {
                cell: line.cell.as_str().into(),
                seed: line.seed,
                network: line.network.as_str().into(),
                method: line.method.as_str().into(),
                layer: line.layer.as_str().into(),
                contrast: "none".into(),
                metric: metric.into(),
                class,
                class_name: format!("class {class:02}").into(),
                value: f64::from(class) + rank as f64,
                n: 10 + class,
            }));
        }
    }
    found
}

fn confusion(label: u32, predicted: u32, images: u32) -> ConfusionRow {
    ConfusionRow {
        cell: "cell-00".into(),
        seed: 7,
        network: NETWORK.into(),
        label,
        label_name: format!("class {label:02}"),
        predicted,
        predicted_name: format!("class {predicted:02}"),
        images,
    }
}

/// `report.md` and `index.html` of the fixture with frames about classes, and the figures.
fn told(classes: &[ClassRow], confusion: &[ConfusionRow], calibration: &[CalibrationRow]) -> [String; 2] {
    let dir = tempfile::tempdir().unwrap();
    Fixture { epochs: 0, cases: 0, ..Fixture::default() }.rows().write(dir.path());
    write(dir.path(), classes).unwrap();
    write(dir.path(), confusion).unwrap();
    write(dir.path(), calibration).unwrap();
    let written = report::write(dir.path()).unwrap();
    let drawn = dir.path().join("figures/reliability.svg");
    assert_eq!(written.contains(&drawn), !calibration.is_empty());
    ["report.md", "index.html"].map(|name| std::fs::read_to_string(dir.path().join(name)).unwrap())
}

fn part<'t>(markdown: &'t str, heading: &str) -> &'t str {
    let start = markdown.find(heading).unwrap_or_else(|| panic!("no {heading}"));
    let rest = &markdown[start..];
    rest.find("\n## ").map_or(rest, |end| &rest[..end])
}

#[test]
fn few_classes_are_all_shown_and_answers_in_tables() {
    let rows = Fixture { epochs: 0, cases: 0, ..Fixture::default() }.rows();
    let pairs = [(0, 0, 6), (0, 1, 4), (1, 1, 9), (1, 2, 1), (2, 2, 2), (2, 0, 3)];
    let confused: Vec<ConfusionRow> = pairs.map(|(a, b, images)| confusion(a, b, images)).into();
    let bin = |bin: u32, confidence: Option<f64>, accuracy: Option<f64>, images: u32| CalibrationRow {
        cell: "cell-00".into(),
        seed: 7,
        network: NETWORK.into(),
        bin,
        from: f64::from(bin) / 4.0,
        to: f64::from(bin + 1) / 4.0,
        confidence,
        accuracy,
        images,
    };
    let bins = [
        bin(0, None, None, 0),
        bin(1, Some(0.4), Some(0.5), 10),
        bin(2, Some(0.6), Some(0.4), 5),
        bin(3, Some(0.9), Some(0.8), 10),
    ];
    let [markdown, html] = told(&classes(&rows, 4), &confused, &bins);
    is_clean(&html);
    for id in ["classes", "classification"] {
        assert!(html.contains(&format!("id=\"{id}\"")), "no section {id}");
    }
    // 10 / 25 * 10 % + 5 / 25 * 20 % + 10 / 25 * 10 %.
    assert!(html.contains("resnet18-fused · ECE 12.0 %"));
    let shown = format!("{}\n{}", part(&markdown, "## Classes"), part(&markdown, "## Classification"));
    snapshots().bind(|| insta::assert_snapshot!("report-classes", shown));
}

#[test]
fn of_many_classes_the_worst_and_the_best_are_shown() {
    let rows = Fixture { epochs: 0, cases: 0, ..Fixture::default() }.rows();
    let pairs: Vec<ConfusionRow> = (0..30)
        .flat_map(|label| {
            [confusion(label, label, 50 - label), confusion(label, (label + 1) % 30, label + 1)]
        })
        .collect();
    let [markdown, _] = told(&classes(&rows, 30), &pairs, &[]);
    let shown = part(&markdown, "## Classes");
    let names = |heading: &str, part: &str| -> Vec<String> {
        let text = &part[part.find(heading).unwrap()..];
        let lines = text.lines().skip_while(|line| !line.starts_with("| ---")).take_while(|l| !l.is_empty());
        let first = lines.filter_map(|line| line.split('|').nth(1)).map(str::trim);
        first.filter(|name| name.starts_with("class ")).map(str::to_owned).collect()
    };
    let class =
        |range: std::ops::Range<u32>| range.map(|class| format!("class {class:02}")).collect::<Vec<_>>();
    let mut best = class(20..30);
    best.reverse();
    assert_eq!(names("worst classes by", shown), class(0..10));
    assert_eq!(names("best classes by", shown), best);
    let answers = part(&markdown, "## Classification");
    let mut confused = class(15..30);
    confused.reverse();
    assert_eq!(names("Most confused", answers), confused);
    let mut lowest = class(20..30);
    lowest.reverse();
    assert_eq!(names("lowest accuracy", answers), lowest);
    assert!(answers.contains("58.8 (30 images) | 51 |"), "{answers}");
}

#[test]
fn without_rows_there_is_no_section() {
    let [markdown, html] = told(&[], &[], &[]);
    assert!(!html.contains("id=\"classes\"") && !html.contains("id=\"classification\""));
    assert!(!markdown.contains("## Class"));
}
