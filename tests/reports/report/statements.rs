//! Statements in a report: the claims that test them, and what they answer together.

use camlab::frame::{ClaimRow, Finding, TestedScope};

use super::comparison::claim;
use super::fixture::Fixture;
use super::page::{is_clean, report};

const FUSED: &str = "fusion helps localisation";
const STAGES: &str = "two stages of batch normalisation help";
const HOT: &str = "histogram stretching shows hot regions";
const CHANCE: &str = "initialisation matters";

/// A row of a claim that tests a statement, with a p value below 0.05 after correction where it is significant.
fn stated(statement: &str, finding: Finding, difference: f64) -> ClaimRow {
    let row = claim(finding, Some(difference), Some(0.001));
    ClaimRow { statement: statement.into(), seeds: 1, ..row }
}

/// Two networks, of which further training runs would give others.
fn two_networks(row: ClaimRow) -> ClaimRow {
    ClaimRow {
        better: "cam · layer4 (fused)".into(),
        than: "cam · layer4 (kaiming)".into(),
        better_network: "fused".into(),
        than_network: "kaiming".into(),
        than_origin: "initialisation: kaiming-normal".into(),
        different_networks: true,
        ..row
    }
}

fn rows() -> Vec<ClaimRow> {
    let trained = |row: ClaimRow| ClaimRow { scope: TestedScope::Training, seeds: 3, ..row };
    let across = |row: ClaimRow| ClaimRow {
        configuration: "stages = two".into(),
        than_configuration: "stages = one".into(),
        different_networks: true,
        ..row
    };
    vec![
        two_networks(stated(FUSED, Finding::Supported, 3.0)),
        two_networks(trained(stated(FUSED, Finding::Supported, 2.0))),
        across(trained(stated(STAGES, Finding::Contradicted, -2.0))),
        across(trained(stated(STAGES, Finding::Supported, 1.0))),
        ClaimRow { contrast: "histogram-stretch".into(), ..stated(HOT, Finding::Contradicted, -1.0) },
        ClaimRow { finding: Finding::TooFew, images: 12, ..stated(HOT, Finding::TooFew, 1.0) },
        two_networks(ClaimRow {
            than_top1: Some(14.0),
            finding: Finding::NearChance,
            p: None,
            p_holm: None,
            ..stated(CHANCE, Finding::NearChance, 9.0)
        }),
        ClaimRow { images: 0, ..claim(Finding::Missing, None, None) },
        ClaimRow { statement: CHANCE.into(), ..claim(Finding::Open, Some(0.2), Some(0.7)) },
    ]
}

#[test]
fn every_statement_is_answered_by_its_tests() {
    let mut all = Fixture { cases: 1, ..Fixture::default() }.rows();
    all.claims = rows();
    let (markdown, html) = report(&all);
    is_clean(&html);
    let answers = [
        (FUSED, "supported", "2 tests: 1 supported, 0 contradicted, 1 cannot tell"),
        (
            STAGES,
            "mixed: some tests support it, others contradict it",
            "2 tests: 1 supported, 1 contradicted, 0 cannot tell",
        ),
        (HOT, "contradicted", "2 tests: 0 supported, 1 contradicted, 1 cannot tell"),
        (CHANCE, "cannot tell", "2 tests: 0 supported, 0 contradicted, 2 cannot tell"),
    ];
    for (statement, answer, counts) in answers {
        let line = format!("- “{statement}”: **{answer}** ({counts}).");
        assert!(markdown.contains(&line), "no line {line}\n{markdown}");
        assert!(html.contains(&format!("<h3>{statement}</h3>")));
    }
    for reason in [
        "cannot tell about training (one seed); for these networks significantly better",
        "cannot tell: too few images (12)",
        "cannot tell: network `kaiming` has top-1 14.0 %, under twice chance (20.0 %)",
        "cannot tell: no significant difference",
    ] {
        assert!(html.contains(reason), "{reason}");
    }
    // Configurations and contrasts of the two sides.
    assert!(html.contains("network resnet18-fused (fusion: git-re-basin) · stages = two"), "{markdown}");
    assert!(html.contains("(configuration stages = two) beats"), "{markdown}");
    assert!(html.contains("network resnet18-fused (fusion: git-re-basin) · histogram-stretch"));
    assert!(html.contains("(resnet18-fused) after histogram-stretch beats"), "{markdown}");
    // Claims without a statement stand at the top by themselves, those of statements do not.
    let top = markdown.split("## ").next().unwrap();
    assert_eq!(top.matches("beats").count(), 1, "{top}");
}

#[test]
fn networks_that_nobody_trained_have_no_further_training_runs() {
    let mut all = Fixture { epochs: 0, cases: 1, ..Fixture::default() }.rows();
    all.claims = vec![two_networks(stated(FUSED, Finding::Supported, 3.0))];
    let (markdown, _) = report(&all);
    assert!(markdown.contains("(1 test: 1 supported, 0 contradicted, 0 cannot tell)"), "{markdown}");
}
