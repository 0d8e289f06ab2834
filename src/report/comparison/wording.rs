//! Numbers of a comparison as text.

use crate::format;
use camlab_frame::aggregate::Aggregate;
use camlab_frame::compared::{ComparedDifference, ComparedFinding, ComparedMeasure, LEVEL, NotPaired};

/// Least p value that is written with its digits.
const LEAST_P: f64 = 0.001;

/// The conclusion about a difference.
pub fn finding(finding: ComparedFinding) -> &'static str {
    match finding {
        ComparedFinding::Better => "better",
        ComparedFinding::Worse => "worse",
        ComparedFinding::BetterNetworks => "better for these networks",
        ComparedFinding::WorseNetworks => "worse for these networks",
        ComparedFinding::Open => "no significant difference",
        ComparedFinding::Equal => "equal on every image",
        ComparedFinding::TooFew => "too few images",
        ComparedFinding::Untested => "not tested",
    }
}

/// The conclusion after a number of differences.
pub fn counted(found: ComparedFinding) -> &'static str {
    match found {
        ComparedFinding::Open => "not significant",
        ComparedFinding::TooFew => "of too few images",
        found => finding(found),
    }
}

/// The tone of a conclusion, a class of the page.
pub fn tone(finding: ComparedFinding) -> &'static str {
    match finding {
        ComparedFinding::Better | ComparedFinding::BetterNetworks => "better",
        ComparedFinding::Worse | ComparedFinding::WorseNetworks => "worse",
        _ => "",
    }
}

/// The reason why a difference is not paired.
pub fn not_paired(reason: &NotPaired) -> String {
    match reason {
        NotPaired::NotPerImage => "not paired: no number per image".to_owned(),
        NotPaired::OtherImages => "not paired: other images".to_owned(),
        NotPaired::OtherTruth { images, shared, first } => {
            format!("not paired: other ground truth of {images} of {shared} images, such as {first}")
        }
    }
}

/// The unit of a difference: points for per cent.
pub fn unit_of_difference(unit: &str) -> &str {
    if unit == "%" { "points" } else { unit }
}

/// A difference, or an end of its interval, with as many decimals as the largest of them needs.
pub fn difference(measure: &ComparedMeasure, found: &ComparedDifference, number: f64) -> String {
    if found.finding == ComparedFinding::Equal {
        return "0".to_owned();
    }
    let ends = found.paired.as_ref().map_or([0.0; 2], |paired| [paired.interval.low, paired.interval.high]);
    let largest = ends
        .into_iter()
        .fold(found.mean, |largest, end| if end.abs() > largest.abs() { end } else { largest });
    format::signed(number, Some(largest), &measure.unit)
}

/// The interval of a paired difference, or the reason why there is none; empty for one without a width at 0.
pub fn interval(measure: &ComparedMeasure, found: &ComparedDifference) -> String {
    match &found.paired {
        Ok(_) if found.finding == ComparedFinding::Equal => String::new(),
        Ok(paired) => {
            let end = |end: f64| difference(measure, found, end);
            format!("[{}, {}]", end(paired.interval.low), end(paired.interval.high))
        }
        Err(reason) => not_paired(reason),
    }
}

/// Number of images of a paired difference.
pub fn images(found: &ComparedDifference) -> String {
    found
        .paired
        .as_ref()
        .map_or_else(|_| String::new(), |paired| format::count(paired.difference.images, "image"))
}

/// Numbers of seeds of two values: `1 seed`, `3 seeds`, `3 and 1 seeds`.
pub fn seeds(first: &Aggregate, other: &Aggregate) -> String {
    match first.seeds == other.seeds {
        true => format::count(first.seeds, "seed"),
        false => format!("{} and {} seeds", first.seeds, other.seeds),
    }
}

/// A corrected p value.
pub fn p(value: Option<f64>) -> String {
    match value {
        None => format::MISSING.to_owned(),
        Some(p) if p < LEAST_P => format!("< {LEAST_P}"),
        Some(p) => format!("{p:.3}"),
    }
}

/// The level of significance in words.
pub fn level() -> String {
    format!("p < {LEVEL}")
}
