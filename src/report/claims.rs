//! The declared claims and their test results (step A14 of the source article, verdict).

use serde::Serialize;

use super::analysis::Analysis;
use super::fold::fold;
use super::format;
use camlab_frame::{ClaimRow, FEW_IMAGES, Finding, TestedScope, UNCHANGED};

/// Maximum number of claims that are listed.
const MOST_CLAIMS: usize = 24;

/// The claims of a report.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Claims {
    /// One entry per claim, configuration and network; those with the smallest p values if some are left out.
    pub claims: Vec<TestedClaim>,
    /// Number of claims that are left out.
    pub hidden: usize,
    /// Numbers of findings, if claims are left out; else empty.
    pub counts: String,
    /// Test procedure and limitations.
    pub notes: Vec<String>,
}

/// A claim with its test result.
#[derive(Debug, Clone, Serialize)]
pub struct TestedClaim {
    /// The claim as a phrase.
    pub title: String,
    /// The claim with its result.
    pub sentence: String,
    /// The finding in words.
    pub reading: &'static str,
    /// The finding as stored in the frame; a CSS class of the page.
    pub finding: &'static str,
    /// Mean difference, with its unit.
    pub difference: String,
    /// Its 95 % confidence interval.
    pub interval: String,
    /// p value.
    pub p: String,
    /// p value corrected for the number of claims (Holm).
    pub p_holm: String,
    /// Effect size d_z.
    pub effect: String,
    /// Smallest difference that would have been found, with its unit.
    pub detectable: String,
    /// Number of images with a value on both sides.
    pub images: u32,
    /// Number of seeds with both sides.
    pub seeds: u32,
}

/// Formats the claims.
pub fn claims(analysis: &Analysis<'_>) -> Claims {
    let rows = &analysis.frames.claims;
    if rows.is_empty() {
        return Claims::default();
    }
    let several = analysis.configurations.len() > 1;
    let mut notes = vec![
        "Paired differences on the test images, with images and seeds as random factors (docs/statistics.md). Positive \
         differences favour the first-named side, also for metrics where lower is better. Box metrics are judged at the \
         thresholds of the validation images where there are such. Brackets: 95 % confidence interval (CI), not \
         corrected for the number of claims. p values are two-sided; Holm's correction covers all claims of this \
         report. A claim is supported or contradicted if its corrected p value is below 0.05. Effect: the difference in \
         standard deviations over images (d_z). Detectable: the difference that would have been found with a power of \
         80 % among these claims."
            .to_owned(),
    ];
    if rows.iter().any(|row| row.finding == Finding::TooFew) {
        notes.push(format!(
            "With fewer than {FEW_IMAGES} images intervals are unreliable; no conclusion is drawn."
        ));
    }
    let seeds = rows.iter().map(|row| row.seeds).max().unwrap_or(0);
    // Networks as given have no further training runs.
    let trained = !analysis.frames.training.is_empty();
    let networks = rows.iter().any(|row| row.scope == TestedScope::Networks);
    match seeds {
        _ if !trained => {}
        1 => notes.push(
            "One seed only: claims are about these networks, and say nothing about further training runs."
                .to_owned(),
        ),
        2.. if networks => notes.push(
            "Some claims have too few seeds for a statement about training; they are tested for these networks.".to_owned(),
        ),
        _ => {}
    }
    let mut order: Vec<&ClaimRow> = rows.iter().collect();
    let mut counts = String::new();
    if rows.len() > MOST_CLAIMS {
        let p = |row: &ClaimRow| row.p_holm.unwrap_or(f64::INFINITY);
        order.sort_by(|a, b| p(a).total_cmp(&p(b)).then(a.finding.cmp(&b.finding)));
        let of = |finding: Finding| rows.iter().filter(|row| row.finding == finding).count();
        counts = format!(
            "{}: {} supported, {} contradicted, {} without a significant difference, {} not decided.",
            format::count(rows.len(), "claim"),
            of(Finding::Supported),
            of(Finding::Contradicted),
            of(Finding::Open),
            of(Finding::TooFew) + of(Finding::Missing),
        );
    }
    let (shown, hidden) = fold(order, MOST_CLAIMS);
    Claims {
        claims: shown.into_iter().map(|row| claim(row, several, trained)).collect(),
        notes,
        hidden,
        counts,
    }
}

fn claim(row: &ClaimRow, several: bool, trained: bool) -> TestedClaim {
    let networks = trained && row.scope == TestedScope::Networks;
    let reading = match row.finding {
        Finding::Supported if networks => {
            "supported for these networks; too few seeds for a claim about training"
        }
        Finding::Supported => "supported",
        Finding::Contradicted if networks => {
            "contradicted for these networks: significantly worse; too few seeds for a claim about training"
        }
        Finding::Contradicted => "contradicted: significantly worse",
        Finding::Open => "no significant difference",
        Finding::TooFew => "too few images to tell",
        Finding::Missing => "not measured",
    };
    // A point is one per cent: one decimal, as for percentages.
    let unit = if row.unit == "points" { "%" } else { &row.unit };
    let interval = row.low.zip(row.high).map_or_else(
        || format::MISSING.to_owned(),
        |(low, high)| {
            let end = |value: f64| format::signed(value, row.difference, unit);
            format!("[{}, {}]", end(low), end(high))
        },
    );
    let difference = row
        .difference
        .map_or_else(|| format::MISSING.to_owned(), |value| format::signed(value, row.difference, unit));
    let mut sentence = format!("{} beats {}", row.better, row.than);
    if row.contrast != UNCHANGED {
        sentence += &format!(" after {}", row.contrast);
    }
    if several {
        sentence += &format!(" (configuration {})", row.configuration);
    }
    sentence += &format!(" on {}", row.metric);
    let title = sentence.clone();
    if row.difference.is_some() {
        sentence += &format!(
            ": {} {interval}, {}, {}",
            format!("{difference} {}", row.unit).trim_end(),
            format::count(row.images as usize, "image"),
            format::count(row.seeds as usize, "seed"),
        );
    }
    let p = |p: Option<f64>| match p {
        None => format::MISSING.to_owned(),
        Some(p) if p < 0.001 => "< 0.001".to_owned(),
        Some(p) => format!("{p:.3}"),
    };
    TestedClaim {
        title,
        sentence: format!("{sentence}: {reading}."),
        reading,
        finding: row.finding.as_str(),
        difference: format!("{difference} {}", row.unit).trim_end().to_owned(),
        interval,
        p: p(row.p),
        p_holm: p(row.p_holm),
        effect: row.effect.map_or_else(|| format::MISSING.to_owned(), |effect| format!("{effect:.2}")),
        detectable: match row.detectable {
            Some(least) => format!("{} {}", format::value(Some(least), unit), row.unit).trim_end().to_owned(),
            None => format::MISSING.to_owned(),
        },
        images: row.images,
        seeds: row.seeds,
    }
}
