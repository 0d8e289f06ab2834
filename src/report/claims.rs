//! The declared claims and what the data say of each (step A14 of the article).

use serde::Serialize;

use super::analysis::Analysis;
use super::format;
use camlab_frame::paired::FEW_IMAGES;
use camlab_frame::{ClaimRow, Finding, UNCHANGED};

/// The claims of a report.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Claims {
    /// One per claim, configuration and network.
    pub claims: Vec<TestedClaim>,
    /// How they were tested, and what weakens the answers.
    pub notes: Vec<String>,
}

/// A claim, tested.
#[derive(Debug, Clone, Serialize)]
pub struct TestedClaim {
    /// What is claimed.
    pub title: String,
    /// The same with what was found.
    pub sentence: String,
    /// The finding in a word or two.
    pub reading: &'static str,
    /// The finding as the frame has it.
    pub finding: &'static str,
    /// Mean difference.
    pub difference: String,
    /// Its 95 % interval.
    pub interval: String,
    /// p value.
    pub p: String,
    /// p value corrected for the number of claims.
    pub p_holm: String,
    /// Images on both sides.
    pub images: u32,
    /// Seeds on both sides.
    pub seeds: u32,
}

/// Puts the claims into words.
pub fn claims(analysis: &Analysis<'_>) -> Claims {
    let rows = &analysis.frames.claims;
    if rows.is_empty() {
        return Claims::default();
    }
    let several = analysis.configurations.len() > 1;
    let mut notes = vec![
        "Paired bootstrap: each resample draws images and, independently, seeds with replacement (they are crossed: \
         every seed judges the same images). Differences are turned so that more is better; thresholds that a metric \
         chooses on the images stay as chosen on all of them. Intervals cover 95 % each; p values are two-sided, and \
         Holm's correction covers all claims of this report together. A claim is supported, or contradicted, at a \
         corrected p below 0.05."
            .to_owned(),
    ];
    if rows.iter().any(|row| row.finding == Finding::TooFew) {
        notes.push(format!("Under {FEW_IMAGES} images no interval can be trusted, so nothing is concluded."));
    }
    let seeds = rows.iter().filter(|row| row.seeds > 0).map(|row| row.seeds).min().unwrap_or(0);
    match seeds {
        0 => {}
        1 => notes.push("One seed stands behind a claim: nothing is said of other training runs.".to_owned()),
        2..5 => notes.push(format!("{seeds} seeds are few: the spread over training runs is a rough guess.")),
        _ => {}
    }
    Claims { claims: rows.iter().map(|row| claim(row, several)).collect(), notes }
}

fn claim(row: &ClaimRow, several: bool) -> TestedClaim {
    let reading = match row.finding {
        Finding::Supported => "supported",
        Finding::Contradicted => "not supported: it is the other way round",
        Finding::Open => "the data cannot tell",
        Finding::TooFew => "too few images to tell",
        Finding::Missing => "not measured",
    };
    // A point is a hundredth: one decimal, as percentages have.
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
        sentence += &format!(", {}", row.configuration);
    }
    sentence += &format!(", by {}", row.metric);
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
        images: row.images,
        seeds: row.seeds,
    }
}
