//! A comparison as JSON: TOML names, plain numbers.

use serde_json::{Value, json};

use super::input::{ReportComparison, letter};
use super::values::{DifferentValues, different};
use super::wording;
use camlab_frame::aggregate::Aggregate;
use camlab_frame::compared::{ComparedDifference, ComparedFinding, ComparedMeasure, MapPlace, NameMatch};
use camlab_statistics::ClaimScope;

/// Version of the document: increased when a key changes its meaning or goes away.
const FORMAT: u32 = 1;

/// The document.
pub fn document(comparison: &ReportComparison) -> Value {
    let values: Vec<&[(String, String)]> =
        comparison.reports.iter().map(|report| report.values.as_slice()).collect();
    let run: Vec<&[(String, String)]> =
        comparison.reports.iter().map(|report| report.run.as_slice()).collect();
    let report = |(at, report): (usize, &super::input::ComparedReport)| {
        json!({
            "letter": letter(at),
            "name": report.name,
            "experiment": report.experiment,
            "configuration": report.configuration,
            "seeds": report.seeds,
            "images": report.images,
            "notes": report.notes,
        })
    };
    json!({
        "format": FORMAT,
        "reports": comparison.reports.iter().enumerate().map(report).collect::<Vec<_>>(),
        "matches": comparison.matches.iter().map(matched).collect::<Vec<_>>(),
        "configuration": different_values(&different(&values, &comparison.matches)),
        "run": different_values(&different(&run, &[])),
        "results": measures(&comparison.metrics),
        "alone": comparison.alone.iter().map(|places| places.iter().map(place).collect()).collect::<Vec<Vec<_>>>(),
        "training": measures(&comparison.training),
        "cost": measures(&comparison.cost),
    })
}

fn matched(known: &NameMatch) -> Value {
    json!({
        "kind": known.kind.word(),
        "report": letter(known.report),
        "first": &*known.first,
        "other": &*known.other,
        "declared": known.is_declared,
    })
}

fn different_values(found: &DifferentValues) -> Value {
    let row = |(key, values): &(String, Vec<String>)| json!({ "key": key, "values": values });
    json!({ "equal": found.equal, "different": found.rows.iter().map(row).collect::<Vec<_>>() })
}

fn place([network, method, layer, contrast]: &MapPlace) -> Value {
    json!({ "network": **network, "method": **method, "layer": **layer, "contrast": **contrast })
}

fn measures(all: &[ComparedMeasure]) -> Vec<Value> {
    all.iter().map(measure).collect()
}

fn measure(measure: &ComparedMeasure) -> Value {
    let mut found = place(&measure.place);
    found["metric"] = json!(*measure.metric);
    found["unit"] = json!(*measure.unit);
    found["direction"] = json!(measure.direction.as_str());
    found["values"] = measure.values.iter().map(|known| known.as_ref().map_or(Value::Null, value)).collect();
    let differences = measure.differences.iter();
    found["differences"] = differences.map(|known| known.as_ref().map_or(Value::Null, difference)).collect();
    found
}

fn value(aggregate: &Aggregate) -> Value {
    json!({
        "value": aggregate.value,
        "deviation": aggregate.deviation,
        "ci_low": aggregate.interval.map(|(low, _)| low),
        "ci_high": aggregate.interval.map(|(_, high)| high),
        "seeds": aggregate.seeds,
        "images": aggregate.images,
    })
}

fn difference(found: &ComparedDifference) -> Value {
    let paired = found.paired.as_ref().ok();
    json!({
        "difference": found.mean,
        "paired": paired.is_some(),
        "reason": found.paired.as_ref().err().map(wording::not_paired),
        "ci_low": paired.map(|paired| paired.interval.low),
        "ci_high": paired.map(|paired| paired.interval.high),
        "p": paired.map(|paired| paired.p),
        "p_holm": paired.filter(|_| found.in_family).map(|paired| paired.corrected_p),
        "scope": paired.map(|paired| match paired.scope {
            ClaimScope::Training => "training",
            ClaimScope::Networks => "these-networks",
        }),
        "effect": paired.map(|paired| paired.difference.effect),
        "detectable": paired.map(|paired| paired.detectable),
        "images": paired.map(|paired| paired.difference.images),
        "finding": word(found.finding),
    })
}

fn word(finding: ComparedFinding) -> &'static str {
    match finding {
        ComparedFinding::Better => "better",
        ComparedFinding::Worse => "worse",
        ComparedFinding::BetterNetworks => "better-for-these-networks",
        ComparedFinding::WorseNetworks => "worse-for-these-networks",
        ComparedFinding::Open => "open",
        ComparedFinding::Equal => "equal",
        ComparedFinding::TooFew => "too-few-images",
        ComparedFinding::Untested => "untested",
    }
}
