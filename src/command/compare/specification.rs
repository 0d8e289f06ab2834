//! A report and one of its configurations, as the command line names them.

use std::path::{Path, PathBuf};

use camlab::base::registry::closest;
use camlab::frame::CellSet;
use camlab::frame::compared::{ReportConfiguration, ReportResults, missing_frame};

/// Name that stands for the configuration with the best result.
const BEST: &str = "best";
/// Configurations that an error lists at most.
const MOST: usize = 20;

/// The folder of a report, and the name of a configuration if `written` has one.
pub fn folder_of(written: &str) -> anyhow::Result<(PathBuf, Option<&str>)> {
    let found = |name: &str| {
        let own = PathBuf::from(name);
        let named = Path::new("reports").join(name);
        [own, named].into_iter().find(|folder| folder.is_dir())
    };
    let (folder, configuration) = match (found(written), written.rsplit_once(':')) {
        (Some(folder), _) => (folder, None),
        (None, Some((name, configuration))) if found(name).is_some() => {
            (found(name).unwrap_or_default(), Some(configuration))
        }
        _ => anyhow::bail!("no report in {written} or reports/{written}; {}", remedy(written)),
    };
    if let Some(frame) = missing_frame(&folder) {
        let folder = folder.display();
        anyhow::bail!(
            "{folder} has no {frame}: it is no report, or one of an earlier camlab; write it with `camlab run FILE`"
        );
    }
    Ok((folder, configuration))
}

/// A report of a similar name, or the command that writes one.
fn remedy(written: &str) -> String {
    let entries = std::fs::read_dir("reports").into_iter().flatten().flatten();
    let names: Vec<String> = entries
        .filter(|entry| entry.path().is_dir())
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .collect();
    let name = written.rsplit_once(':').map_or(written, |(name, _)| name);
    match closest(name, names.iter().map(String::as_str)) {
        Some(near) => format!("did you mean `{near}`?"),
        None => "`camlab run FILE` writes one".to_owned(),
    }
}

/// The configuration of a report that is meant: the only one, or that of a name.
pub fn configuration_of(
    results: &ReportResults,
    written: &str,
    asked: Option<&str>,
) -> anyhow::Result<ReportConfiguration> {
    let all = &results.configurations;
    let Some(asked) = asked else {
        return match &all[..] {
            [only] => Ok(only.clone()),
            [] => anyhow::bail!("{written} has no cell; run the experiment again to rebuild it"),
            _ => anyhow::bail!(
                "{written} has {} configurations; name one, such as {written}:{}, or {written}:{BEST}:{}",
                all.len(),
                all[0].id,
                listed(all)
            ),
        };
    };
    if asked == BEST {
        let best = ReportConfiguration::best(all, &results.metrics(None)?).cloned();
        return best.ok_or_else(|| anyhow::anyhow!("{written} has no value of any metric"));
    }
    if let Some(found) = all.iter().find(|known| known.id == asked || known.label == asked) {
        return Ok(found.clone());
    }
    let cell = |known: &&ReportConfiguration| known.seeds.iter().any(|seed| known.cells.holds(asked, *seed));
    if let Some(found) = all.iter().find(cell) {
        let seeds: Vec<i64> =
            found.seeds.iter().copied().filter(|seed| found.cells.holds(asked, *seed)).collect();
        let cells: CellSet = seeds.iter().map(|seed| (asked, *seed)).collect();
        return Ok(ReportConfiguration { seeds, cells, ..found.clone() });
    }
    let names = all.iter().flat_map(|known| [known.id.as_str(), known.label.as_str()]);
    let near = closest(asked, names).map_or_else(String::new, |near| format!("; did you mean `{near}`?"));
    anyhow::bail!("{written} has no configuration or cell `{asked}`{near}{}", listed(all))
}

/// A line per configuration.
fn listed(all: &[ReportConfiguration]) -> String {
    let mut text: String =
        all.iter().take(MOST).map(|known| format!("\n  {}  {}", known.id, known.label)).collect();
    if all.len() > MOST {
        text.push_str(&format!("\n  and {} more", all.len() - MOST));
    }
    text
}
