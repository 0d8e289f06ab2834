//! One-sentence summary of the results, and comparisons of the best method with every other.

use serde::Serialize;

use super::analysis::{Analysis, is_at_val_threshold, is_max_box_acc_v2};
use super::format;
use super::series::Series;
use camlab_frame::aggregate::Aggregate;
use camlab_frame::{FEW_IMAGES, GalleryRow, RunRow};
use camlab_statistics::{ClaimScope, PairComparison, all_pairs, method_mean};

/// Level of significance of all comparisons together.
const LEVEL: f64 = 0.05;

/// Summary of the results, with comparisons.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Verdict {
    /// Summary sentence.
    pub text: String,
    /// Population that the summary is about, and the images that chose what it depends on.
    pub notes: Vec<String>,
    /// Limitations of the summary; may be empty.
    pub warnings: Vec<String>,
    /// The best method against every other.
    pub comparisons: Vec<Comparison>,
    /// The test in `comparisons`.
    pub procedure: String,
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
    /// Its interval; all of them hold jointly at 95 %.
    pub interval: String,
    /// p value corrected for all pairs.
    pub p: String,
    /// Effect size d_z.
    pub effect: String,
    /// Smallest difference that would have been found, percentage points.
    pub detectable: String,
    /// Conclusion about the other method.
    pub reading: &'static str,
    /// Number of images with results of all methods.
    pub images: usize,
}

/// The best series and its comparison with every other, in the order of the tables.
struct Compared {
    best: Series,
    others: Vec<(Series, PairComparison)>,
    /// Interval of the best series' own value.
    interval: String,
    images: usize,
    seeds: usize,
    /// Number of methods that lack a seed of the best, and are not compared.
    fewer_seeds: usize,
    /// `true` if a network was trained, so that further training runs would differ.
    trained: bool,
}

/// Summarises the results; `chosen_elsewhere` is true if other images than the test images chose the configuration.
pub fn verdict(analysis: &Analysis<'_>, chosen_elsewhere: bool) -> Verdict {
    let (Some(best), Some(metric)) = (analysis.best(), &analysis.headline) else {
        return Verdict { text: without_metric(analysis).to_owned(), ..Verdict::default() };
    };
    let series = Series::of(best);
    let compared =
        is_max_box_acc_v2(&metric.name).then(|| compared(analysis, &series, best.interval)).flatten();
    let spread = match &compared {
        Some(compared) => format!(" {}", compared.interval),
        None => Some(spread(best))
            .filter(|text| !text.is_empty())
            .map_or(String::new(), |text| format!(" {text}")),
    };
    let mut text = format!(
        "{} has the best {}: {}{spread}",
        series.label(),
        metric.name,
        with_unit(best.value, &metric.unit)
    );
    if analysis.configurations.len() > 1 {
        text += &format!(" under {}", best.configuration);
    }
    if let Some(baseline) = analysis.baseline(&best.configuration)
        && let (Some(value), Some(than)) = (best.value, baseline.value)
    {
        let gap = if metric.better(than, value) { "worse than" } else { "better than" };
        text += &format!(
            ", {} {gap} the strongest baseline, {} ({})",
            points((value - than).abs(), &metric.unit),
            baseline.method,
            with_unit(Some(than), &metric.unit),
        );
        let own = Series::of(baseline);
        if compared.is_none() && (best.images as usize) < FEW_IMAGES {
            text += ": too few images to tell";
        }
        if let Some(compared) = &compared
            && let Some((_, pair)) = compared.others.iter().find(|(other, _)| *other == own)
        {
            text += &format!(": {}", reading(pair, compared.images, compared.trained).sentence);
        }
    }
    text.push('.');
    let mut verdict = Verdict { text, ..Verdict::default() };
    if let Some(compared) = &compared {
        describe(&mut verdict, compared, &metric.name);
    }
    thresholds(&mut verdict, analysis, &metric.name);
    if let Some(images) = analysis.frames.run.iter().find(|row| row.key == RunRow::SEVERAL) {
        verdict.notes.push(format!(
            "The {} test images show several classes and make {}: numbers of images in tables and the gallery are those \
             of pairs, each with the truth of its class. Bootstrap intervals draw whole images; tests of differences take \
             pairs for independent.",
            images.value,
            format::count(analysis.frames.images, "image-class pair"),
        ));
    }
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
    verdict
}

/// Sentence of a report without a metric that ranks methods.
fn without_metric(analysis: &Analysis<'_>) -> &'static str {
    let without_boxes = |rows: &[GalleryRow]| rows.iter().all(|row| row.truth_boxes.is_empty());
    match analysis.frames.gallery.as_slice() {
        rows if !rows.is_empty() && without_boxes(rows) => {
            "The images have no true boxes, so no localisation accuracy can be measured: this report shows the maps, \
             and the classes that the network predicts."
        }
        _ => "No method has a result yet.",
    }
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

/// Compares the best series with every other one that has scores; `None` if there is nothing to compare with.
fn compared(analysis: &Analysis<'_>, best: &Series, best_interval: Option<(f64, f64)>) -> Option<Compared> {
    let scores = &analysis.frames.scores;
    fn name(series: &Series) -> [&str; 3] {
        [&series.network, &series.method, &series.layer]
    }
    let scored: Vec<&Series> = analysis.series.iter().filter(|series| scores.has(name(series))).collect();
    // What lacks a seed of the best is left out, so that it does not take that seed from all others.
    let wanted = scores.seeds(name(best));
    let whole = |series: &&&Series| wanted.iter().all(|seed| scores.seeds(name(series)).contains(seed));
    let all: Vec<&Series> = scored.iter().filter(whole).copied().collect();
    let fewer_seeds = scored.len() - all.len();
    let values = scores.aligned(&all.iter().map(|series| name(series)).collect::<Vec<_>>())?;
    let place = all.iter().position(|series| *series == best)?;
    let own = method_mean(&values[place]).ok()?;
    let test = own.training.filter(|_| own.seeds >= camlab_statistics::FEWEST_RUNS).unwrap_or(own.networks);
    let interval = test.interval(LEVEL);
    // With one seed that of the table, which at the oracle's threshold is for the true maximum.
    let interval = match best_interval {
        Some(known) => known,
        None => (interval.low.max(0.0), interval.high.min(100.0)),
    };
    // Of all pairs those with the best, which was picked on the same images; differences are the other minus the best.
    let with_best = |pair: PairComparison| match (pair.first == place, pair.second == place) {
        (false, true) => Some((all[pair.first].clone(), pair)),
        (true, false) => Some((all[pair.second].clone(), pair.reversed())),
        _ => None,
    };
    let pairs = all_pairs(&values).ok()?.into_iter().filter_map(with_best).collect();
    Some(Compared {
        best: best.clone(),
        others: pairs,
        interval: format::interval(interval, Some(own.mean), "%"),
        fewer_seeds,
        images: own.images,
        seeds: own.seeds,
        trained: !analysis.frames.training.is_empty(),
    })
}

/// A conclusion about the other method of a comparison.
struct PairConclusion {
    /// In a table.
    word: &'static str,
    /// In a sentence about the best method.
    sentence: &'static str,
}

fn reading(pair: &PairComparison, images: usize, trained: bool) -> PairConclusion {
    let scope = pair.scope(LEVEL);
    let significant = pair.p(scope) < LEVEL;
    // The pair is the other method minus the best.
    let lower = pair.difference.mean < 0.0;
    let scope = if trained { scope } else { ClaimScope::Training };
    let (word, sentence) = match (images < FEW_IMAGES, significant, scope, lower) {
        (true, ..) => ("too few images", "too few images to tell"),
        (_, true, ClaimScope::Training, true) => ("significantly lower", "a significant difference"),
        (_, true, ClaimScope::Training, false) => ("significantly higher", "a significant difference"),
        (_, true, ClaimScope::Networks, true) => (
            "significantly lower for these networks",
            "too few seeds for a claim about training; for these networks a significant difference",
        ),
        (_, true, ClaimScope::Networks, false) => (
            "significantly higher for these networks",
            "too few seeds for a claim about training; for these networks a significant difference",
        ),
        (_, false, ..) => ("no significant difference", "no significant difference"),
    };
    PairConclusion { word, sentence }
}

/// Describes the comparison: its lines, the population, and the smallest difference that it would have found.
fn describe(verdict: &mut Verdict, compared: &Compared, metric: &str) {
    let Compared { others, images, seeds, .. } = compared;
    verdict.comparisons =
        others.iter().map(|(series, pair)| line(series, pair, *images, compared.trained)).collect();
    let (with_images, with_seeds) = (format::count(*images, "image"), format::count(*seeds, "seed"));
    verdict.notes.push(match seeds {
        _ if !compared.trained => "The interval covers the choice of test images, for the networks as given.".to_owned(),
        1 => "The interval covers the choice of test images; one seed shows nothing about further training runs.".to_owned(),
        2 => "The interval covers the choice of test images, for these trained networks; two seeds are too few for a claim \
              about training, unless they differ very little."
            .to_owned(),
        _ => "The interval covers the choice of test images and further training runs.".to_owned(),
    });
    let next = others.iter().min_by(|a, b| {
        let gap = |pair: &PairComparison| pair.difference.mean.abs();
        gap(&a.1).total_cmp(&gap(&b.1))
    });
    if let Some((_, pair)) = next {
        verdict.notes.push(format!(
            "With {with_images} and {with_seeds}, a difference of {} points to the closest method would have been found with \
             a power of 80 %.",
            format::value(Some(pair.detectable(pair.scope(LEVEL), LEVEL)), "%"),
        ));
    }
    if compared.fewer_seeds > 0 {
        let left_out = format::count(compared.fewer_seeds, "method");
        verdict.warnings.push(format!("{left_out} without all seeds of the best are not compared with it."));
    }
    let pairs = others.first().map_or(0, |(_, pair)| pair.pairs);
    verdict.procedure = format!(
        "{} minus the method, {metric}, in percentage points on the same {with_images}, {with_seeds}. The best was picked \
         on these images, so p values are corrected for all {} of methods (Holm), and the intervals hold jointly at 95 % \
         (Bonferroni). Seeds are a random factor: the tests are over training runs and images if there are at least {} \
         seeds, else for these networks. Effect: difference in standard deviations over images (d_z). Detectable: the \
         difference that would have been found with a power of 80 %.",
        compared.best.label(),
        format::count(pairs, "pair"),
        camlab_statistics::FEWEST_RUNS,
    );
}

fn line(series: &Series, pair: &PairComparison, images: usize, trained: bool) -> Comparison {
    let scope = pair.scope(LEVEL);
    let interval = pair.interval(scope, LEVEL);
    let p = pair.p(scope);
    Comparison {
        label: series.label(),
        baseline: series.is_baseline(),
        difference: format::difference(-pair.difference.mean, "%"),
        interval: format!(
            "[{}, {}]",
            format::difference(-interval.high, "%"),
            format::difference(-interval.low, "%")
        ),
        p: if p < 0.001 { "< 0.001".to_owned() } else { format!("{p:.3}") },
        effect: format!("{:.2}", -pair.difference.effect),
        detectable: format::value(Some(pair.detectable(scope, LEVEL)), "%"),
        reading: reading(pair, images, trained).word,
        images,
    }
}

/// Says which images chose the map thresholds, and warns where they are those that judge.
fn thresholds(verdict: &mut Verdict, analysis: &Analysis<'_>, metric: &str) {
    let chosen = analysis.frames.thresholds;
    match (is_at_val_threshold(metric), chosen.oracle && !chosen.val) {
        (true, _) => verdict.notes.push(
            "Map thresholds are those that the validation images choose (val threshold); beside them stand those that \
             are best on the test images themselves (oracle threshold), an upper bound."
                .to_owned(),
        ),
        (false, true) => verdict.warnings.push(
            "No validation images with boxes: map thresholds are chosen on the images that they are judged on (the \
             protocol's oracle threshold), so that box metrics are upper bounds. Add data.val to choose them elsewhere."
                .to_owned(),
        ),
        _ => {}
    }
    if chosen.mixed {
        let headline = if is_at_val_threshold(metric) { "" } else { ", and the headline is at the latter" };
        verdict.warnings.push(format!(
            "Some maps have no threshold from validation images, so that tables mix val and oracle thresholds{headline}: \
             compare within one column.",
        ));
    }
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
