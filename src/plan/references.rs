//! Experiments whose networks are initial weights of another one: read from their files, and checked.

use std::path::Path;
use std::sync::Arc;

use camlab_base::counted;
use camlab_base::registry::closest;
use camlab_config::{
    Diagnostic, Document, Experiment, Invalid, OtherExperiment, OtherExperimentError, OtherExperiments,
};
use camlab_parts::init::ReferredNetwork;

/// Words between the seed and the file in the name of a cell of another experiment; no cell of a plan has them.
pub(super) const OF: &str = " of ";

/// The distinct experiments of a document's cells.
type ExperimentsOf<'a> = &'a dyn Fn(&Document) -> Result<Vec<Arc<Experiment>>, Invalid>;

/// The experiments that an experiment without mistakes refers to; those of `before` if it has the same initialisations.
///
/// # Errors
/// An experiment that cannot be used, with its own mistakes, a network or a seed that it does not have, at their places
/// in `document`.
pub(super) fn others(
    document: &Document,
    experiment: &Experiment,
    before: Option<&Experiment>,
    experiments: ExperimentsOf<'_>,
) -> Result<OtherExperiments, Vec<Diagnostic>> {
    let same = |before: &&Experiment| before.init == experiment.init && before.fusion == experiment.fusion;
    if let Some(before) = before.filter(same) {
        return Ok(before.others.clone());
    }
    let (mut others, mut found) = (OtherExperiments::default(), Vec::new());
    for (place, options) in experiment.pretrained() {
        let Some(referred) = options.reference() else { continue };
        let path = referred.experiment.as_str();
        let at = |key: &str, message: String, remedy: String| {
            Diagnostic::at(document.span(&format!("{place}.{key}")), message, remedy)
        };
        let other = match others.get(path) {
            Some(known) => Arc::clone(known),
            None => {
                match read(document, path, experiments, &|message, remedy| at("experiment", message, remedy))
                {
                    Ok(other) => Arc::new(other),
                    Err(mistakes) => {
                        found.extend(mistakes);
                        continue;
                    }
                }
            }
        };
        if let Err((key, message, remedy)) = has(&other, referred) {
            found.push(at(key, message, remedy));
        }
        others.add(path, other);
    }
    if found.is_empty() { Ok(others) } else { Err(found) }
}

/// Makes a diagnostic at the path of the other experiment.
type AtPath<'a> = &'a dyn Fn(String, String) -> Diagnostic;

fn read(
    document: &Document,
    path: &str,
    experiments: ExperimentsOf<'_>,
    at: AtPath<'_>,
) -> Result<OtherExperiment, Vec<Diagnostic>> {
    let correct = "correct them, or refer to another experiment";
    let invalid = |invalid: Invalid, file: &Path| {
        let number = counted(invalid.diagnostics.len(), "mistake");
        let first = at(format!("`{}` has {number}", file.display()), correct.into());
        let sources = Arc::new(invalid.sources);
        let own = invalid.diagnostics.into_iter().map(|mistake| mistake.in_other(&sources));
        [first].into_iter().chain(own).collect::<Vec<_>>()
    };
    let other = document.other(path).map_err(|error| match error {
        OtherExperimentError::File(message) => {
            let remedy = "paths in `experiment` start from the folder of the file that holds them";
            vec![at(message, remedy.into())]
        }
        OtherExperimentError::Circle(files) => {
            let message = format!("`{}` needs a network of its own: {}", files[0], files.join(" -> "));
            vec![at(message, "remove one of these references".into())]
        }
        OtherExperimentError::Invalid(mistakes) => {
            let file = mistakes.sources.files().next().map_or(Path::new(path), |file| file.path);
            let file = file.to_path_buf();
            invalid(mistakes, &file)
        }
    })?;
    let all = experiments(&other).map_err(|mistakes| invalid(mistakes, other.file()))?;
    let table = match other.root.get("search") {
        Some(_) => Some("search"),
        None => (all.len() > 1).then_some("sweep"),
    };
    if let Some(table) = table {
        let file = other.file().display();
        let message = format!("`{file}` has a [{table}], so that it is not one experiment");
        let remedy = format!(
            "write a file with extends = {:?} and remove = [\"{table}\"] that sets the keys of one configuration, and \
             refer to that",
            other.file().file_name().unwrap_or_default().to_string_lossy()
        );
        return Err(vec![at(message, remedy)]);
    }
    let first = all.into_iter().next().ok_or_else(Vec::new)?;
    Ok(OtherExperiment { document: other, experiment: first })
}

/// Checks that an experiment has a network that a stage makes, and a seed; an error is a key, a message and a remedy.
fn has(other: &OtherExperiment, referred: ReferredNetwork<'_>) -> Result<(), (&'static str, String, String)> {
    let (file, network) = (other.file().display(), referred.network);
    let experiment = &*other.experiment;
    if experiment.fusion.iter().any(|fusion| fusion.name == network && fusion.method.ensemble().is_some()) {
        let message =
            format!("`{network}` of `{file}` is an ensemble: it has maps, but no parameters of its own");
        return Err(("network", message, "refer to one of its members".into()));
    }
    let all = experiment.networks();
    if !all.contains(&network) {
        let remedy = closest(network, all.iter().copied()).map_or_else(
            || format!("it has `{}`", all.join("`, `")),
            |near| format!("did you mean `{near}`?"),
        );
        return Err(("network", format!("`{file}` has no network `{network}`"), remedy));
    }
    let init = experiment.init.iter().find(|init| init.name == network);
    if init.is_some_and(|init| !init.train.unwrap_or(true) || experiment.training.is_none()) {
        let message = format!("`{network}` of `{file}` is not trained there, so that no stage makes it");
        return Err(("network", message, "write its scheme here, or refer to a trained network".into()));
    }
    match referred.seed {
        Some(seed) if !experiment.seeds.contains(&seed) => {
            let seeds: Vec<String> = experiment.seeds.iter().map(u64::to_string).collect();
            let message = format!("`{file}` does not run with seed {seed}");
            Err(("seed", message, format!("use one of its `seeds`: {}", seeds.join(", "))))
        }
        _ => Ok(()),
    }
}
