//! Reports of many metrics: tables in parts, curves of faithfulness and kinds of localisation errors.

use camlab::frame::{Direction, ProbabilityCurveRow, SummaryRow, TitleRow, write};
use camlab::report;

use super::fixture::{Fixture, Rows};
use super::page::is_clean;

/// More metrics for every map of a network, with the given names and values.
fn add(rows: &mut Rows, metrics: &[(String, f64)]) {
    let known = rows.summary.iter().filter(|row| row.metric == "MaxBoxAcc" && row.network != "baseline");
    let more: Vec<SummaryRow> = known
        .flat_map(|row| {
            metrics.iter().map(|(metric, value)| SummaryRow {
                metric: metric.clone(),
                value: *value,
                ci_low: None,
                ci_high: None,
                unit: "%".into(),
                direction: Direction::Higher,
                ..row.clone()
            })
        })
        .collect();
    rows.summary.extend(more);
}

fn small() -> Rows {
    Fixture { images: 30, methods: vec!["cam", "grad-cam"], ..Fixture::default() }.rows()
}

/// The Markdown and HTML report of some rows, with further frames.
fn report_with(rows: &Rows, titles: &[TitleRow], curves: &[ProbabilityCurveRow]) -> [String; 3] {
    let dir = tempfile::tempdir().unwrap();
    rows.write(dir.path());
    write(dir.path(), titles).unwrap();
    write(dir.path(), curves).unwrap();
    report::write(dir.path()).unwrap();
    let text = |name: &str| std::fs::read_to_string(dir.path().join(name)).unwrap_or_default();
    [text("report.md"), text("index.html"), text("figures/insertion-deletion.svg")]
}

#[test]
fn a_table_of_many_metrics_stands_in_parts() {
    let mut rows = small();
    let metrics: Vec<(String, f64)> = (0..21).map(|at| (format!("metric {at}"), f64::from(at))).collect();
    add(&mut rows, &metrics);
    let [markdown, html, _] = report_with(&rows, &[], &[]);
    is_clean(&html);
    let results = markdown.split("## Results").nth(1).unwrap().split("\n## ").next().unwrap();
    let headings: Vec<&str> = results.lines().filter(|line| line.starts_with("| network |")).collect();
    assert_eq!(headings.len(), 4, "{results}");
    let columns: Vec<usize> = headings.iter().map(|line| line.matches(" |").count() - 4).collect();
    assert!(columns.iter().all(|columns| *columns <= 8), "{columns:?}");
    assert_eq!(columns.iter().sum::<usize>(), 25, "21, and four of the fixture");
    let names = |text: &str| text.matches("| resnet18-fused | grad-cam | layer4 |").count();
    assert_eq!(names(results), 4, "the same rows in every part");
    let order: Vec<usize> = (0..21).map(|at| results.find(&format!("| metric {at} (%)")).unwrap()).collect();
    assert!(order.is_sorted(), "metrics in the order of the summary");
    assert!(results.contains("\n\n| network |"), "parts are separate tables");
    let in_html = html.split("id=\"results\"").nth(1).unwrap().split("</section>").next().unwrap();
    assert_eq!(in_html.matches("<table>").count(), 4);
}

#[test]
fn curves_of_insertion_and_deletion_are_drawn() {
    let rows = small();
    let [before, _, none] = report_with(&rows, &[], &[]);
    assert!(!before.contains("Insertion and deletion") && none.is_empty());
    let mut curves = Vec::new();
    for (method, height) in [("cam", 0.2), ("grad-cam", 0.4)] {
        for (curve, contrast) in
            [("insertion_curve", "none"), ("deletion@steps=5_curve", "none"), ("insertion_curve", "gamma")]
        {
            curves.extend((0..=5).map(|step| ProbabilityCurveRow {
                cell: "cell-00".into(),
                seed: 7,
                network: "resnet18-fused".into(),
                method: method.into(),
                layer: "layer4".into(),
                contrast: contrast.into(),
                curve: curve.into(),
                position: f64::from(step) / 5.0,
                value: height * f64::from(step) / 5.0,
                images: 30,
            }));
        }
    }
    let title = TitleRow {
        kind: "metric".into(),
        name: "deletion".into(),
        title: "Deletion AUC".into(),
        summary: String::new(),
    };
    let [markdown, html, svg] = report_with(&rows, &[title], &curves);
    is_clean(&html);
    assert!(markdown.contains("### Insertion and deletion"));
    assert!(svg.contains("Deletion AUC (steps 5)") && svg.contains("insertion"), "a panel per curve");
    assert!(svg.contains("cam · layer4") && svg.contains("grad-cam · layer4"), "a line per method");
    assert!(!svg.contains("gamma"), "unchanged maps only");
}

#[test]
fn kinds_of_localisation_errors_are_stacked() {
    let mut rows = small();
    let kinds = [
        ("correct", 50.0),
        ("classification", 20.0),
        ("multi-instance", 2.0),
        ("part", 10.0),
        ("more", 15.0),
        ("wrong", 3.0),
    ];
    let of = |(kind, value): &(&str, f64)| (format!("localisation-errors@{kind}"), *value);
    add(&mut rows, &kinds.iter().map(of).collect::<Vec<_>>());
    let dir = tempfile::tempdir().unwrap();
    rows.write(dir.path());
    report::write(dir.path()).unwrap();
    let svg = std::fs::read_to_string(dir.path().join("figures/localisation-errors.svg")).unwrap();
    for text in ["50.0", "20.0", "10.0", "15.0", "multi-instance", "grad-cam · layer4"] {
        assert!(svg.contains(text), "no {text}");
    }
    for narrow in ["2.0", "3.0"] {
        assert!(!svg.lines().any(|line| line.trim() == narrow), "{narrow} does not fit");
    }
}
