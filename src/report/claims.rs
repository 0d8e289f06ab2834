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
    pub reading: String,
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
    /// True if it is a test of a statement, whose answer stands in its place at the top of the page.
    pub stated: bool,
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
    if rows.iter().any(|row| row.finding == Finding::NearChance) {
        notes.push(
            "Maps of a network whose top-1 accuracy (mean over seeds) is under twice that of guessing decide no claim, and \
             such claims have no p value; metrics of the classification itself do not depend on the maps and are tested."
                .to_owned(),
        );
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
            of(Finding::TooFew) + of(Finding::Missing) + of(Finding::NearChance),
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
            "supported for these networks; too few seeds for a claim about training".to_owned()
        }
        Finding::Supported => "supported".to_owned(),
        Finding::Contradicted if networks => {
            "contradicted for these networks: significantly worse; too few seeds for a claim about training"
                .to_owned()
        }
        Finding::Contradicted => "contradicted: significantly worse".to_owned(),
        Finding::Open => "no significant difference".to_owned(),
        Finding::TooFew => "too few images to tell".to_owned(),
        Finding::Missing => "not measured".to_owned(),
        Finding::NearChance => format!("cannot tell: {}", near_chance(row)),
    };
    let unit = unit(row);
    let (difference, interval) = (difference(row), interval(row));
    let title = phrase(row, several);
    let mut sentence = title.clone();
    if row.difference.is_some() {
        sentence += &format!(
            ": {difference} {interval}, {}, {}",
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
        difference,
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
        stated: !row.statement.is_empty(),
    }
}

/// The claim as a phrase: `A beats B on M`, with contrasts and configurations where there are any.
fn phrase(row: &ClaimRow, several: bool) -> String {
    let contrasts = row.contrast != row.than_contrast && !row.than_contrast.is_empty();
    let configurations = is_across(row);
    let side = |label: &str, contrast: &str, configuration: &str| {
        let mut text = label.to_owned();
        if contrasts {
            text += &match contrast {
                UNCHANGED => " unchanged".to_owned(),
                contrast => format!(" after {contrast}"),
            };
        }
        if configurations {
            text += &format!(" (configuration {configuration})");
        }
        text
    };
    let mut text = format!(
        "{} beats {}",
        side(&row.better, &row.contrast, &row.configuration),
        side(&row.than, &row.than_contrast, &row.than_configuration)
    );
    if !contrasts && row.contrast != UNCHANGED {
        text += &format!(" after {}", row.contrast);
    }
    if several && !configurations {
        text += &format!(" (configuration {})", row.configuration);
    }
    text + &format!(" on {}", row.metric)
}

/// `true` for a claim across configurations.
pub(super) fn is_across(row: &ClaimRow) -> bool {
    row.configuration != row.than_configuration && !row.than_configuration.is_empty()
}

/// A point is one per cent: one decimal, as for percentages.
fn unit(row: &ClaimRow) -> &str {
    if row.unit == "points" { "%" } else { &row.unit }
}

/// The mean difference with its unit.
pub(super) fn difference(row: &ClaimRow) -> String {
    let Some(value) = row.difference else { return format::MISSING.to_owned() };
    let number = format::signed(value, row.difference, unit(row));
    format!("{number} {}", row.unit).trim_end().to_owned()
}

/// Its 95 % confidence interval.
pub(super) fn interval(row: &ClaimRow) -> String {
    let Some((low, high)) = row.low.zip(row.high) else { return format::MISSING.to_owned() };
    let end = |value: f64| format::signed(value, row.difference, unit(row));
    format!("[{}, {}]", end(low), end(high))
}

/// The networks near chance of a claim in words: those with an accuracy under twice that of guessing.
pub(super) fn near_chance(row: &ClaimRow) -> String {
    let sides = [
        (&row.better_network, row.better_top1, row.better_chance),
        (&row.than_network, row.than_top1, row.than_chance),
    ];
    let mut told: Vec<String> = Vec::new();
    for (network, top1, chance) in sides {
        let Some((top1, twice)) = top1.zip(chance.map(|chance| 2.0 * chance)) else { continue };
        let text = format!("network `{network}` has top-1 {top1:.1} %, under twice chance ({twice:.1} %)");
        if top1 < twice && !told.contains(&text) {
            told.push(text);
        }
    }
    told.join("; ")
}
