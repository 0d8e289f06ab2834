//! Declared comparisons in a report: contrasts, the intuitive picture, predictions, claims.

use camlab::frame::{
    ClaimRow, Direction, Finding, IntuitiveRow, PredictionRow, PredictionSummaryRow, SummaryRow, TestedScope,
    read, write,
};

use super::fixture::{Fixture, Rows};
use super::page::{is_clean, report, snapshots};

pub fn claim(finding: Finding, difference: Option<f64>, p: Option<f64>) -> ClaimRow {
    ClaimRow {
        statement: String::new(),
        configuration: "base".into(),
        than_configuration: "base".into(),
        better_network: "resnet18-fused".into(),
        than_network: "resnet18-fused".into(),
        better_origin: "fusion: git-re-basin".into(),
        than_origin: "fusion: git-re-basin".into(),
        than_contrast: "none".into(),
        different_networks: false,
        better_top1: Some(80.0),
        than_top1: Some(80.0),
        better_chance: Some(10.0),
        than_chance: Some(10.0),
        better: "score-cam · layer4 (resnet18-fused)".into(),
        than: "grad-cam · layer4 (resnet18-fused)".into(),
        metric: "max-box-acc-v2".into(),
        unit: "points".into(),
        contrast: "none".into(),
        difference,
        low: difference.map(|difference| difference - 0.9),
        high: difference.map(|difference| difference + 0.9),
        p,
        p_holm: p.map(|p| (3.0 * p).min(1.0)),
        scope: if p.is_some() { TestedScope::Networks } else { TestedScope::Untested },
        effect: difference.map(|difference| difference / 10.0),
        better_share: difference.map(|_| 0.4),
        worse_share: difference.map(|_| 0.2),
        detectable: p.map(|_| 1.3),
        images: if difference.is_some() { 100 } else { 0 },
        seeds: if difference.is_some() { 2 } else { 0 },
        finding,
    }
}

fn declared() -> Rows {
    let mut rows =
        Fixture { methods: vec!["grad-cam", "score-cam"], epochs: 0, cases: 1, ..Fixture::default() }.rows();
    let plain: Vec<SummaryRow> = rows.summary.clone();
    // Pixel metrics beside what the fixture has.
    for row in plain.iter().filter(|row| row.metric == "PxAP") {
        let metrics = [
            ("pixel-auc", 0.8, "", Direction::Higher),
            ("tpr@0.5", 40.0, "%", Direction::Higher),
            ("kl", 1.5, "nats", Direction::Lower),
        ];
        for (metric, value, unit, direction) in metrics {
            let row =
                SummaryRow { metric: metric.into(), value, unit: unit.into(), direction, ..row.clone() };
            rows.summary.push(row);
        }
    }
    let plain: Vec<SummaryRow> = rows.summary.clone();
    for (contrast, factor) in
        [("histogram-stretch", 1.02), ("texture-mask (energy laws, threshold 0.5)", 0.9)]
    {
        rows.summary.extend(plain.iter().map(|row| SummaryRow {
            contrast: contrast.into(),
            value: row.value * factor,
            ..row.clone()
        }));
        let shown: Vec<_> = rows.gallery.iter().filter(|row| row.contrast == "none").cloned().collect();
        rows.gallery.extend(shown.into_iter().map(|mut row| {
            row.contrast = contrast.into();
            row
        }));
        for image in 0..3 {
            rows.intuitive.push(IntuitiveRow {
                cell: "cell-00".into(),
                seed: 7,
                network: "resnet18-fused".into(),
                method: "grad-cam".into(),
                layer: "layer4".into(),
                contrast: contrast.into(),
                image: format!("shape-{image:04}"),
                index: image,
                reference: "input-x-gradient".into(),
                pearson: Some(0.1 * f64::from(image)),
                spearman: None,
                kl: Some(2.0),
            });
        }
    }
    for (method, layer, threshold, base) in
        [("cam", "layer4", Some(0.5), 60.0), ("cam", "layer4", Some(0.9), 50.0), ("softmax", "-", None, 70.0)]
    {
        for (metric, more) in [("top1", 0.0), ("top5", 20.0), ("map", 5.0)] {
            rows.predictions.push(PredictionSummaryRow {
                cell: "cell-00".into(),
                seed: 7,
                network: "resnet18-fused".into(),
                method: method.into(),
                layer: layer.into(),
                threshold,
                metric: metric.into(),
                value: base + more,
                ci_low: Some(base + more - 8.0),
                ci_high: Some(base + more + 7.0),
                n: 100,
            });
        }
    }
    rows.claims = vec![
        claim(Finding::Supported, Some(1.2), Some(0.004)),
        claim(Finding::Contradicted, Some(-2.0), Some(0.0002)),
        claim(Finding::Open, Some(0.3), Some(0.6)),
        claim(Finding::TooFew, Some(0.3), Some(0.01)),
        claim(Finding::Missing, None, None),
    ];
    rows
}

#[test]
fn what_is_declared_is_shown() {
    let (markdown, html) = report(&declared());
    is_clean(&html);
    for section in ["claims", "contrasts", "intuitive", "predictions"] {
        assert!(html.contains(&format!("id=\"{section}\"")), "no section {section}");
    }
    assert!(
        html.contains("Maps under each contrast") && html.contains("<h3>Contrasts: before and after</h3>")
    );
    assert!(html.contains("+1.2 points [+0.3, +2.1], 100 images, 2 seeds: supported."), "{markdown}");
    snapshots().bind(|| insta::assert_snapshot!("report-comparison", markdown));
}

#[test]
fn what_is_not_declared_is_absent() {
    let (markdown, html) = report(&Fixture { epochs: 0, cases: 0, ..Fixture::default() }.rows());
    for word in ["Contrasts: before and after", "Claims", "intuitive", "Prediction analysis"] {
        assert!(!html.contains(word) && !markdown.contains(word), "{word}");
    }
}

#[test]
fn the_summary_keeps_to_maps_as_they_are_and_another_table_has_all() {
    let dir = tempfile::tempdir().unwrap();
    let rows = declared();
    rows.write(dir.path());
    camlab::report::write(dir.path()).unwrap();
    let lines = |name: &str| std::fs::read_to_string(dir.path().join(name)).unwrap().lines().count();
    let plain = rows.summary.iter().filter(|row| row.contrast == "none").count();
    assert_eq!((lines("summary.csv"), lines("contrasts.csv")), (1 + plain, 1 + 3 * plain));
    let text = std::fs::read_to_string(dir.path().join("contrasts.csv")).unwrap();
    assert!(text.lines().next().unwrap().ends_with(",value,ci_low,ci_high,n,contrast"));
    assert!(text.contains(",histogram-stretch\n"));
}

#[test]
fn the_frames_of_the_comparison_come_back() {
    let dir = tempfile::tempdir().unwrap();
    let rows = declared();
    rows.write(dir.path());
    assert_eq!(read::<ClaimRow>(dir.path()).unwrap(), rows.claims);
    assert_eq!(read::<IntuitiveRow>(dir.path()).unwrap(), rows.intuitive);
    assert_eq!(read::<PredictionSummaryRow>(dir.path()).unwrap(), rows.predictions);
    let row = PredictionRow {
        cell: "c".into(),
        seed: 1,
        network: "n".into(),
        method: "cam".into(),
        layer: "layer4".into(),
        threshold: 0.5,
        image: "i".into(),
        index: 3,
        class: 2,
        class_name: "star".into(),
        confidence_above: 3.5,
        confidence_below: 0.25,
        pixels_above: 4,
        pixels: 49,
        rank: 0,
        probability: 0.75,
        network_rank: 1,
        label: 1,
    };
    write(dir.path(), std::slice::from_ref(&row)).unwrap();
    assert_eq!(read::<PredictionRow>(dir.path()).unwrap(), [row]);
}
