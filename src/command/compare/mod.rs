mod side;
mod specification;

use std::path::Path;
use std::sync::Arc;

use anyhow::Context as _;
use camlab::base::registry::closest;
use camlab::base::terminal;
use camlab::frame::TitleRow;
use camlab::frame::aggregate::Aggregate;
use camlab::frame::compared::{
    ComparedMeasure, NameMatches, ReportScores, UnknownName, align, cost_of, training_of,
};
use camlab::frame::replace;
use camlab::report::ReportComparison;
use camlab::stage::Verbosity;

use super::{check_file, show};
use crate::cli::CompareArgs;
use side::ComparedSide;

/// Width of the text where standard output is no terminal.
const WIDTH: usize = 120;

/// Compares reports: their experiments, their runs and their results.
pub fn compare(arguments: &CompareArgs, verbosity: Verbosity) -> anyhow::Result<()> {
    let markdown = arguments.markdown.as_deref().filter(|file| *file != Path::new("-"));
    for (option, file) in [("--markdown", markdown), ("--html", arguments.html.as_deref())] {
        file.map_or(Ok(()), |file| check_file(option, file))?;
    }
    let prints_markdown = arguments.markdown.is_some() && markdown.is_none();
    anyhow::ensure!(
        !(arguments.json && prints_markdown),
        "--json and --markdown - both print to standard output; name a file for --markdown"
    );
    let comparison = comparison(arguments)?;
    let mut written = Vec::new();
    if let Some(file) = markdown {
        replace(file, comparison.markdown()?.as_bytes())?;
        written.push(file);
    }
    if let Some(file) = arguments.html.as_deref() {
        replace(file, comparison.html()?.as_bytes())?;
        written.push(file);
    }
    if arguments.json {
        return show(&comparison.json()?);
    }
    if prints_markdown {
        return show(&comparison.markdown()?);
    }
    if verbosity > Verbosity::Quiet {
        let width = terminal::width().unwrap_or(WIDTH);
        show(&comparison.text(width, terminal::is_coloured(&std::io::stdout())))?;
        for file in written {
            show(&format!("{}\n", file.display()))?;
        }
    }
    Ok(())
}

fn comparison(arguments: &CompareArgs) -> anyhow::Result<ReportComparison> {
    let declared: Vec<(String, String)> =
        arguments.matches.iter().map(|written| pair(written)).collect::<anyhow::Result<_>>()?;
    let sides: Vec<ComparedSide> = arguments
        .reports
        .iter()
        .map(|written| ComparedSide::open(written, arguments.configuration.as_deref()))
        .collect::<anyhow::Result<_>>()?;
    side::check_distinct(&sides)?;
    let titles: Vec<TitleRow> = sides.iter().flat_map(|side| side.results.titles.clone()).collect();
    let metrics: Vec<Vec<Aggregate>> = sides
        .iter()
        .map(|side| Ok(side.results.metrics(Some(&side.configuration.cells))?))
        .collect::<anyhow::Result<_>>()?;
    let all: Vec<&[Aggregate]> = metrics.iter().map(Vec::as_slice).collect();
    let matches = NameMatches::find(&all, &declared).map_err(|unknown| unknown_name(&unknown))?;
    let kept = kept(&metrics, &arguments.metrics, &titles)?;
    let kept: Vec<&[Aggregate]> = kept.iter().map(Vec::as_slice).collect();
    let (shared, _) = align(&kept, &matches, &[]);
    let scores: Vec<ReportScores> = sides
        .iter()
        .enumerate()
        .map(|(at, side)| side.scores(&of_report(&shared, at)))
        .collect::<anyhow::Result<_>>()?;
    let (measures, alone) = align(&kept, &matches, &scores);
    let beside = |of: &dyn Fn(&ComparedSide) -> anyhow::Result<Vec<Aggregate>>| {
        let found: Vec<Vec<Aggregate>> = sides.iter().map(of).collect::<anyhow::Result<_>>()?;
        let found: Vec<&[Aggregate]> = found.iter().map(Vec::as_slice).collect();
        anyhow::Ok(align(&found, &matches, &[]).0)
    };
    let training = beside(&|side| Ok(training_of(&side.results.training(&side.configuration.cells)?)))?;
    let cost = beside(&|side| Ok(cost_of(&side.results.cost(&side.configuration.cells)?)))?;
    let reports = sides.into_iter().zip(&metrics).map(|(side, metrics)| side.described(metrics)).collect();
    Ok(ReportComparison {
        reports,
        matches: matches.all().to_vec(),
        metrics: measures,
        alone,
        training,
        cost,
        titles,
    })
}

/// The two names of `--map FIRST=OTHER`.
fn pair(written: &str) -> anyhow::Result<(String, String)> {
    // Names of methods may have options, `grad-cam++ (reading = torchcam)`: the sign outside of brackets counts.
    let mut depth = 0;
    let sign = written.char_indices().find_map(|(at, letter)| {
        match letter {
            '(' => depth += 1,
            ')' => depth -= 1,
            '=' if depth == 0 => return Some(at),
            _ => {}
        }
        None
    });
    let names = sign.map(|at| (written[..at].trim().to_owned(), written[at + 1..].trim().to_owned()));
    names
        .filter(|(first, other)| !first.is_empty() && !other.is_empty())
        .with_context(|| format!("--map {written} has no two names; write --map FIRST=OTHER"))
}

fn unknown_name(unknown: &UnknownName) -> anyhow::Error {
    let near = closest(&unknown.name, unknown.known.iter().map(String::as_str));
    let remedy = near.map_or_else(String::new, |near| format!("; did you mean `{near}`?"));
    anyhow::anyhow!("--map: {unknown}{remedy}")
}

/// The measures that a report shares with another.
fn of_report(shared: &[ComparedMeasure], report: usize) -> Vec<&Aggregate> {
    shared.iter().filter_map(|measure| measure.values[report].as_ref()).collect()
}

/// The metrics that were asked for; all without a name.
fn kept(
    all: &[Vec<Aggregate>],
    asked: &[String],
    titles: &[TitleRow],
) -> anyhow::Result<Vec<Vec<Aggregate>>> {
    if asked.is_empty() {
        return Ok(all.to_vec());
    }
    let mut known: Vec<Arc<str>> =
        all.iter().flatten().map(|aggregate| Arc::clone(&aggregate.metric)).collect();
    known.sort();
    known.dedup();
    let mut kept: Vec<&str> = Vec::new();
    for asked in asked {
        let titled = titles.iter().find(|row| row.kind == "metric" && row.title.eq_ignore_ascii_case(asked));
        let name = titled.map_or(asked.as_str(), |row| row.name.as_str());
        let is_of = |metric: &&str| metric.split_once('@').is_some_and(|(base, _)| base == name);
        let before = kept.len();
        // A metric at several thresholds has no number of its own name.
        match known.iter().find(|metric| &***metric == name) {
            Some(metric) => kept.push(metric),
            None => kept.extend(known.iter().map(|metric| &**metric).filter(is_of)),
        }
        if kept.len() == before {
            let near = closest(asked, known.iter().map(|metric| &**metric));
            let remedy = near.map_or_else(String::new, |near| format!("did you mean `{near}`? "));
            anyhow::bail!(
                "--metric {asked} is in none of the reports; {remedy}they have: {}",
                known.join(", ")
            );
        }
    }
    let fits_any = |aggregate: &&Aggregate| kept.contains(&&*aggregate.metric);
    Ok(all.iter().map(|report| report.iter().filter(fits_any).cloned().collect()).collect())
}
