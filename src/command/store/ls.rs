use camlab::base::registry::closest;
use camlab::base::{bytes, counted};
use camlab::store::{Store, StoredArtefact};
use rayon::prelude::*;
use serde_json::json;

use super::{age, seconds};
use crate::command::show;

/// Prints one line per artefact, sorted by kind, label and key.
pub fn ls(store: &Store, kind: Option<&str>, json: bool) -> anyhow::Result<()> {
    let inventory = store.inventory()?;
    if let Some(kind) = kind {
        check(kind)?;
    }
    let wanted = |artefact: &StoredArtefact| kind.is_none_or(|kind| *artefact.place.kind == *kind);
    // The label stands in the recorded stage, a file each.
    let mut artefacts: Vec<(StoredArtefact, Option<String>)> = inventory
        .artefacts
        .into_par_iter()
        .filter(wanted)
        .map(|artefact| {
            let label = store.recorded_stage(&artefact.place).map(|stage| stage.hints.label);
            (artefact, label)
        })
        .collect();
    artefacts.sort_by(|(one, label), (other, other_label)| {
        let order = one.place.kind.cmp(&other.place.kind).then_with(|| label.cmp(other_label));
        order.then_with(|| one.place.key.cmp(&other.place.key))
    });
    if json {
        let rows: Vec<_> = artefacts
            .iter()
            .map(|(artefact, label)| {
                json!({
                    "kind": artefact.place.kind,
                    "key": artefact.place.key,
                    "bytes": artefact.bytes,
                    "used": seconds(artefact.used),
                    "reports": artefact.reports,
                    "locked": inventory.locked.contains(&artefact.place),
                    "label": label,
                })
            })
            .collect();
        return show(&format!("{}\n", serde_json::to_string_pretty(&rows)?));
    }
    let lines: String = artefacts.iter().map(|(artefact, label)| line(artefact, label.as_deref())).collect();
    show(&lines)
}

fn line(artefact: &StoredArtefact, label: Option<&str>) -> String {
    let StoredArtefact { place, bytes, used, reports } = artefact;
    let line = format!(
        "{:<19} {}  {:>9} {:>7}  {:<10} {}",
        place.kind,
        place.key.short(),
        bytes::rounded(*bytes),
        age(*used),
        counted(*reports, "report"),
        label.unwrap_or_default()
    );
    format!("{}\n", line.trim_end())
}

/// Fails for a name that no kind of stage has.
fn check(kind: &str) -> anyhow::Result<()> {
    let known = || camlab::stage::KINDS.iter().map(|kind| kind.name);
    if known().any(|known| known == kind) {
        return Ok(());
    }
    match closest(kind, known()) {
        Some(near) => anyhow::bail!("no kind of stage is named `{kind}` (--kind); did you mean `{near}`?"),
        None => {
            let all: Vec<&str> = known().collect();
            anyhow::bail!("no kind of stage is named `{kind}` (--kind); use one of {}", all.join(", "))
        }
    }
}
