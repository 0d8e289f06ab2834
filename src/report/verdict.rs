//! One-sentence summary of the results, and paired comparisons of the best method with every other.

use serde::Serialize;

use super::analysis::{Analysis, is_max_box_acc_v2};
use super::format;
use super::series::Series;
use camlab_frame::RunRow;
use camlab_frame::aggregate::Aggregate;
use camlab_frame::paired::{self, Difference, FEW_IMAGES, ImageScores, MapName};

/// Summary of the results, with paired comparisons.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Verdict {
    /// Summary sentence.
    pub text: String,
    /// Limitations of the summary; may be empty.
    pub warnings: Vec<String>,
    /// The best method against every other.
    pub comparisons: Vec<Comparison>,
    /// Coverage of the intervals in `comparisons`, per cent, corrected for their number.
    pub coverage: String,
}

/// The best method against another on the same images.
#[derive(Debug, Clone, Serialize)]
pub struct Comparison {
    /// Name of the other method.
    pub label: String,
    /// True if the other is a baseline, which uses no network.
    pub baseline: bool,
    /// Best minus other, percentage points.
    pub difference: String,
    /// Its confidence interval, see [`Verdict::coverage`].
    pub interval: String,
    /// Conclusion about the other method.
    pub reading: &'static str,
    /// Number of images with results of both.
    pub images: usize,
}

/// Summarises the results; `chosen_elsewhere` is true if other images than the test images chose the configuration.
pub fn verdict(analysis: &Analysis<'_>, chosen_elsewhere: bool) -> Verdict {
    let (Some(best), Some(metric)) = (analysis.best(), &analysis.headline) else {
        return Verdict { text: "No method has a result yet.".to_owned(), ..Verdict::default() };
    };
    let series = Series::of(best);
    let spread = spread(best);
    let mut text = format!(
        "{} has the best {}: {}{}{}",
        series.label(),
        metric.name,
        with_unit(best.value, &metric.unit),
        match (best.deviation, spread.is_empty()) {
            (_, true) => String::new(),
            (Some(_), false) => format!(" {spread} over seeds"),
            (None, false) => format!(" {spread}"),
        },
        if analysis.configurations.len() > 1 {
            format!(" under {}", best.configuration)
        } else {
            String::new()
        },
    );
    let scores = is_max_box_acc_v2(&metric.name).then(|| scores(analysis));
    if let Some(baseline) = analysis.baseline(&best.configuration)
        && let (Some(value), Some(than)) = (best.value, baseline.value)
    {
        let gap = if metric.better(than, value) { "worse than" } else { "better than" };
        text += &format!(
            ", {} {gap} the best baseline, {} ({})",
            points((value - than).abs(), &metric.unit),
            baseline.method,
            with_unit(Some(than), &metric.unit),
        );
        if let Some(found) =
            scores.as_ref().and_then(|all| between(all, &series, &Series::of(baseline), 0.95))
        {
            text += &format!(
                "; paired difference over {}: {} points, 95 % CI [{}, {}], {}",
                format::count(found.images, "image"),
                format::difference(found.mean, "%"),
                format::difference(found.low, "%"),
                format::difference(found.high, "%"),
                match (found.is_enough(), found.is_clear()) {
                    (false, _) => "too few images to tell",
                    (true, true) => "a significant difference",
                    (true, false) => "no significant difference",
                },
            );
        }
    }
    text.push('.');
    let mut verdict = Verdict { text, ..Verdict::default() };
    if analysis.configurations.len() > 1 && !chosen_elsewhere {
        verdict.warnings.push(format!(
            "The best of {} was selected on the images that it is evaluated on, so its advantage is biased upwards; \
             confirm it on held-out images.",
            format::count(analysis.configurations.len(), "configuration"),
        ));
    }
    if (best.images as usize) < FEW_IMAGES {
        let images = format::count(best.images as usize, "image");
        verdict
            .warnings
            .push(format!("With {images} the intervals are unreliable; use at least {FEW_IMAGES} images."));
    }
    if let Some(scores) = scores {
        compare(&mut verdict, &scores, &series);
    }
    verdict
}

/// Number of causes of failures that a report names at its top; the others are in its list about the run.
const FEW_FAILURES: usize = 5;

/// Adds a warning about stages that failed, and about those that did not run because of them.
pub fn complete(mut verdict: Verdict, run: &[RunRow]) -> Verdict {
    let of = |key: &str| -> Vec<&str> {
        run.iter().filter(|row| row.key == key).map(|row| row.value.as_str()).collect()
    };
    let (failed, missing) = (of(RunRow::FAILED), of(RunRow::MISSING));
    if failed.is_empty() {
        return verdict;
    }
    let mut text = format!("Incomplete: {} failed", format::count(failed.len(), "stage"));
    if !missing.is_empty() {
        text += &format!(", and {} that need the result did not run", format::count(missing.len(), "stage"));
    }
    // A cause that several stages share is told once.
    let mut told: Vec<(String, &str)> = Vec::new();
    for line in failed {
        let (stage, cause) = line.split_once(": ").unwrap_or((line, ""));
        match told.iter_mut().find(|(_, known)| *known == cause) {
            Some((stages, _)) => *stages += &format!(", {}", stage.replace(" failed", "")),
            None => told.push((stage.to_owned(), cause)),
        }
    }
    for (stages, cause) in told.iter().take(FEW_FAILURES) {
        text += &format!(". {stages}: {cause}");
    }
    text.push('.');
    verdict.warnings.insert(0, text);
    verdict
}

/// Compares the best with every other series; intervals are widened so that all hold jointly (Bonferroni).
fn compare(verdict: &mut Verdict, scores: &[(Series, &ImageScores)], best: &Series) {
    let others: Vec<&Series> =
        scores.iter().map(|(series, _)| series).filter(|series| *series != best).collect();
    let coverage = 1.0 - 0.05 / others.len().max(1) as f64;
    verdict.coverage = format!("{:.2}", 100.0 * coverage);
    for series in others {
        let Some(found) = between(scores, best, series, coverage) else { continue };
        verdict.comparisons.push(Comparison {
            label: series.label(),
            baseline: series.is_baseline(),
            difference: format::difference(found.mean, "%"),
            interval: format!(
                "[{}, {}]",
                format::difference(found.low, "%"),
                format::difference(found.high, "%")
            ),
            reading: match (found.is_enough(), found.is_clear(), found.mean > 0.0) {
                (false, ..) => "too few images",
                (true, false, _) => "no significant difference",
                (true, true, true) => "significantly lower",
                (true, true, false) => "significantly higher",
            },
            images: found.images,
        });
    }
}

/// The scores of the maps that the tables list, in their order.
fn scores<'a>(analysis: &Analysis<'a>) -> Vec<(Series, &'a ImageScores)> {
    let of = |series: &Series| {
        let own = |([network, method, layer], _): &&(MapName, ImageScores)| {
            (&**network, &**method, &**layer) == (&series.network, &series.method, &series.layer)
        };
        Some((series.clone(), &analysis.frames.scores.iter().find(own)?.1))
    };
    analysis.series.iter().filter_map(of).collect()
}

fn between(
    scores: &[(Series, &ImageScores)],
    first: &Series,
    second: &Series,
    coverage: f64,
) -> Option<Difference> {
    let of = |wanted: &Series| scores.iter().find(|(series, _)| series == wanted).map(|(_, scores)| *scores);
    paired::difference(of(first)?, of(second)?, coverage)
}

/// Spread of a value as text: standard deviation over seeds, else confidence interval over images, else empty.
pub fn spread(aggregate: &Aggregate) -> String {
    match (aggregate.deviation, aggregate.interval) {
        (Some(deviation), _) => format!("± {}", format::beside(deviation, aggregate.value, &aggregate.unit)),
        (None, Some(interval)) => format::interval(interval, aggregate.value, &aggregate.unit),
        (None, None) => String::new(),
    }
}

fn with_unit(value: Option<f64>, unit: &str) -> String {
    format!("{} {unit}", format::value(value, unit)).trim_end().to_owned()
}

fn points(difference: f64, unit: &str) -> String {
    let unit_name = if unit == "%" { "points" } else { unit };
    format!("{} {unit_name}", format::value(Some(difference), unit)).trim_end().to_owned()
}
