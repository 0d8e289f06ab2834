//! Content of a comparison, the same for a terminal, Markdown and HTML.

use serde::Serialize;

use super::input::{ReportComparison, letter};
use super::results::{MeasureColumns, label, tables, title};
use super::table::{ComparedSection, ComparedTable};
use super::values::{DifferentValues, different};
use super::wording;
use crate::format;
use crate::plate::Plate;
use crate::titles::Titles;
use camlab_frame::compared::{ComparedFinding, ComparedMeasure, NameMatch};

/// Maximum number of maps that are listed of a report that alone has them.
const MOST_ALONE: usize = 40;

/// A whole comparison.
#[derive(Debug, Clone, Serialize)]
pub struct ComparisonPage {
    /// The reports: `A: one, B: two`.
    pub title: String,
    /// Summaries, a sentence per report beside the first.
    pub verdicts: Vec<String>,
    /// Limitations.
    pub warnings: Vec<String>,
    /// Sections, in order.
    pub sections: Vec<ComparedSection>,
    /// Figures; only in the HTML page.
    pub figures: Vec<Plate>,
}

/// Lays out a comparison.
pub fn page(comparison: &ReportComparison, figures: Vec<Plate>) -> ComparisonPage {
    let titles = Titles(comparison.titles.clone());
    let reports = comparison.reports.len();
    let names: Vec<String> = comparison
        .reports
        .iter()
        .enumerate()
        .map(|(at, report)| format!("{}: {}", letter(at), report.name))
        .collect();
    let experiment = different(&of(comparison, |report| &report.values), &comparison.matches);
    let run = different(&of(comparison, |report| &report.run), &[]);
    let mut sections = vec![reports_section(comparison)];
    sections.push(values_section(
        "configuration",
        "Configuration",
        &experiment,
        reports,
        "the experiments as they were resolved, defaults filled in",
    ));
    sections.push(values_section(
        "code",
        "Code, data and machine",
        &run,
        reports,
        "as the reports record them",
    ));
    sections.extend(results_section(comparison, &titles));
    sections.extend(alone_section(comparison, &titles));
    sections.extend(measures_section(
        "training",
        "Training",
        "The last epoch of every network; mean over seeds, ±: one standard deviation over seeds. Differences are not \
         tested.",
        &comparison.training,
        reports,
        &titles,
    ));
    sections.extend(measures_section(
        "cost",
        "Cost",
        "Time of the stages when they were made, by these runs or earlier ones, added up over seeds; a stage that \
         several cells share counts once, and times of different machines cannot be compared. Passes per image count \
         shared passes in full.",
        &comparison.cost,
        reports,
        &titles,
    ));
    ComparisonPage {
        title: names.join(", "),
        verdicts: (1..reports).map(|report| verdict(comparison, report, &titles)).collect(),
        warnings: warnings(comparison, &experiment),
        sections,
        figures,
    }
}

fn of<'a>(
    comparison: &'a ReportComparison,
    values: impl Fn(&'a super::input::ComparedReport) -> &'a Vec<(String, String)>,
) -> Vec<&'a [(String, String)]> {
    comparison.reports.iter().map(|report| values(report).as_slice()).collect()
}

fn reports_section(comparison: &ReportComparison) -> ComparedSection {
    let headings = ["", "report", "experiment", "configuration", "seeds", "images"].map(str::to_owned);
    let row = |(at, report): (usize, &super::input::ComparedReport)| {
        vec![
            letter(at),
            report.name.clone(),
            report.experiment.clone(),
            report.configuration.clone(),
            report.seeds.to_string(),
            report.images.to_string(),
        ]
    };
    let rows = comparison.reports.iter().enumerate().map(row).collect();
    ComparedSection {
        id: "reports",
        title: "Reports",
        note: String::new(),
        tables: vec![ComparedTable::of_words(headings.to_vec(), rows)],
        remarks: comparison.matches.iter().map(matched).collect(),
    }
}

/// A pair of names in words.
fn matched(known: &NameMatch) -> String {
    let NameMatch { report, kind, first, other, is_declared } = known;
    let by = if *is_declared { "as --map states" } else { "the only candidates; --map states others" };
    format!(
        "{} {other} of {} stands beside {} {first} of {}: {by}.",
        kind.word(),
        letter(*report),
        kind.word(),
        letter(0),
    )
}

fn values_section(
    id: &'static str,
    title: &'static str,
    found: &DifferentValues,
    reports: usize,
    of: &str,
) -> ComparedSection {
    let keys = |count: usize| format::count(count, "key");
    let note = match found.rows.len() {
        0 => format!("No difference: {} equal ({of}).", keys(found.equal)),
        rows => {
            let differ = if rows == 1 { "differs" } else { "differ" };
            let are = if found.equal == 1 { "is" } else { "are" };
            format!("{} {differ}, {} {are} equal and not listed ({of}).", keys(rows), found.equal)
        }
    };
    let headings = std::iter::once("key".to_owned()).chain((0..reports).map(letter)).collect();
    let rows = found
        .rows
        .iter()
        .map(|(key, values)| std::iter::once(key.clone()).chain(values.iter().cloned()).collect::<Vec<_>>());
    let tables = match found.rows.is_empty() {
        true => Vec::new(),
        false => vec![ComparedTable::of_words(headings, rows.collect())],
    };
    ComparedSection { id, title, note, tables, remarks: Vec::new() }
}

fn results_section(comparison: &ReportComparison, titles: &Titles) -> Option<ComparedSection> {
    if comparison.metrics.is_empty() {
        return None;
    }
    let tested = comparison.metrics.iter().flat_map(|m| &m.differences).flatten();
    let tested = tested.filter(|found| found.in_family).count();
    let note = format!(
        "Value and, below it, its 95 % interval over images, or ±: one standard deviation over seeds. Differences are to \
         {first}, in points for per cent; on the same images they are paired over images and, where both reports have the same \
         seeds, over training runs, with images and seeds as random factors (docs/statistics.md); with other seeds, or fewer \
         than three that agree, they are about these networks: too few seeds for a claim about \
         training. Brackets: 95 % interval. p values are corrected \
         by Holm for {}; better and worse are significant ({}).",
        format::count(tested, "paired difference"),
        wording::level(),
        first = letter(0),
    );
    Some(ComparedSection {
        id: "results",
        title: "Results",
        note,
        tables: tables(&comparison.metrics, comparison.reports.len(), titles, MeasureColumns::Tested),
        remarks: Vec::new(),
    })
}

/// The maps that only one report has.
fn alone_section(comparison: &ReportComparison, titles: &Titles) -> Option<ComparedSection> {
    let mut remarks = Vec::new();
    for (report, places) in comparison.alone.iter().enumerate() {
        if places.is_empty() {
            continue;
        }
        let mut names: Vec<String> =
            places.iter().take(MOST_ALONE).map(|place| label(place, titles)).collect();
        if places.len() > MOST_ALONE {
            names.push(format!("and {} more", places.len() - MOST_ALONE));
        }
        remarks.push(format!("{} alone: {}.", letter(report), names.join(", ")));
    }
    (!remarks.is_empty()).then(|| ComparedSection {
        id: "alone",
        title: "Maps of one report alone",
        note: String::new(),
        tables: Vec::new(),
        remarks,
    })
}

fn measures_section(
    id: &'static str,
    title: &'static str,
    note: &str,
    measures: &[ComparedMeasure],
    reports: usize,
    titles: &Titles,
) -> Option<ComparedSection> {
    (!measures.is_empty()).then(|| ComparedSection {
        id,
        title,
        note: note.to_owned(),
        tables: tables(measures, reports, titles, MeasureColumns::Plain),
        remarks: Vec::new(),
    })
}

/// The metric that ranks.
fn headline(comparison: &ReportComparison) -> Option<&ComparedMeasure> {
    crate::analysis::headline(&comparison.metrics, |measure| &measure.metric)
}

/// The conclusions about a report in a sentence or two.
fn verdict(comparison: &ReportComparison, report: usize, titles: &Titles) -> String {
    let (own, first) = (letter(report), letter(0));
    let Some(headline) = headline(comparison) else {
        return format!("{own} and {first} have no result in common.");
    };
    let same = |measure: &&ComparedMeasure| measure.metric == headline.metric;
    let of_headline: Vec<&ComparedMeasure> = comparison.metrics.iter().filter(same).collect();
    let name = title(headline, titles);
    format!(
        "{own} against {first}. {name} has {}. All metrics have {}.",
        counts(of_headline.into_iter(), report),
        counts(comparison.metrics.iter(), report),
    )
}

/// Number of differences, and of each conclusion, in words.
fn counts<'a>(measures: impl Iterator<Item = &'a ComparedMeasure>, report: usize) -> String {
    let found: Vec<ComparedFinding> =
        measures.filter_map(|measure| Some(measure.differences[report].as_ref()?.finding)).collect();
    let order = [
        ComparedFinding::Better,
        ComparedFinding::Worse,
        ComparedFinding::BetterNetworks,
        ComparedFinding::WorseNetworks,
        ComparedFinding::Open,
        ComparedFinding::Equal,
        ComparedFinding::TooFew,
        ComparedFinding::Untested,
    ];
    let count = |finding: ComparedFinding| found.iter().filter(|known| **known == finding).count();
    let words: Vec<String> = order
        .into_iter()
        .map(|finding| (count(finding), finding))
        .filter(|(count, _)| *count > 0)
        .map(|(count, finding)| format!("{count} {}", wording::counted(finding)))
        .collect();
    match words.is_empty() {
        true => "no value in common".to_owned(),
        false => format!("{}: {}", format::count(found.len(), "difference"), words.join(", ")),
    }
}

fn warnings(comparison: &ReportComparison, experiment: &DifferentValues) -> Vec<String> {
    let mut warnings = Vec::new();
    for (at, report) in comparison.reports.iter().enumerate() {
        warnings.extend(report.notes.iter().map(|note| format!("{}: {note}.", letter(at))));
    }
    let ignored = |key: &str| key == "name" || key == "question" || key.starts_with("report.");
    let counted = experiment.rows.iter().filter(|(key, _)| !ignored(key)).count();
    if counted > 1 {
        warnings.push(format!(
            "The experiments differ in {}; a difference of results cannot be attributed to one of them.",
            format::count(counted, "key")
        ));
    }
    let mut told: Vec<String> = Vec::new();
    for measure in &comparison.metrics {
        for (report, found) in measure.differences.iter().enumerate() {
            let Some(Err(reason)) = found.as_ref().map(|found| &found.paired) else { continue };
            if *reason == camlab_frame::compared::NotPaired::NotPerImage {
                continue;
            }
            let text = format!("{} and {} are {}.", letter(0), letter(report), wording::not_paired(reason));
            if !told.contains(&text) {
                told.push(text);
            }
        }
    }
    warnings.extend(told);
    warnings
}
