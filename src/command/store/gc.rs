use std::time::Duration;

use anyhow::Context as _;
use camlab::base::{bytes, causes, counted, file, terminal};
use camlab::stage::Verbosity;
use camlab::store::{Collected, EntryKind, Removal, Retention, Store};
use serde_json::json;

use crate::cli::GcArgs;
use crate::command::show;

/// Removes artefacts and leftovers, and prints them.
pub fn gc(store: &Store, arguments: &GcArgs, verbosity: Verbosity) -> anyhow::Result<()> {
    let GcArgs { keep_days, max_size, dry_run, even_needed, json } = *arguments;
    let rules = Retention {
        keep: keep_days.map(|days| Duration::from_secs(u64::from(days) * 24 * 60 * 60)),
        max_bytes: max_size,
        even_needed,
    };
    if !dry_run && store.root().is_dir() {
        file::check_writable(store.root())
            .with_context(|| format!("cannot write to the store {}", store.root().display()))?;
    }
    let done = store.collect(&rules, dry_run)?;
    let text = match (json, verbosity) {
        (true, _) => format!("{}\n", serde_json::to_string_pretty(&object(&done, dry_run))?),
        (false, Verbosity::Quiet) => String::new(),
        (false, _) => lines(&done, dry_run),
    };
    show(&text)?;
    if let Some(max) = max_size.filter(|max| done.left > *max) {
        let rest = match even_needed {
            true => "the rest is locked, or belongs to no artefact",
            false => "reports need the rest, or it is locked; --even-needed removes what reports need",
        };
        terminal::note(format!(
            "warning: {} are left, more than --max-size {}: {rest}",
            bytes::rounded(done.left),
            bytes::exact(max)
        ));
    }
    done.failed.iter().for_each(|error| terminal::note(format!("  {}", causes(error))));
    anyhow::ensure!(done.failed.is_empty(), "{} could not be removed", counted(done.failed.len(), "file"));
    Ok(())
}

/// A line per artefact and per kind of leftover, then the sum.
fn lines(done: &Collected, dry_run: bool) -> String {
    let verb = if dry_run { "would remove" } else { "removed" };
    let mut text = String::new();
    let artefacts: Vec<&Removal> = done.removed.iter().filter(|removal| removal.kind.is_none()).collect();
    for Removal { place, bytes, .. } in &artefacts {
        if let Some(place) = place {
            let size = bytes::rounded(*bytes);
            text.push_str(&format!("{verb}: {:<19} {}  {size:>9}\n", place.kind, place.key.short()));
        }
    }
    for (kind, name) in EntryKind::NAMES {
        let of_kind = || done.removed.iter().filter(|removal| removal.kind == Some(kind));
        if of_kind().next().is_some() {
            let size = bytes::rounded(of_kind().map(|removal| removal.bytes).sum());
            text.push_str(&format!("{verb}: {} {name}, {size}\n", of_kind().count()));
        }
    }
    let (freed, left) = (bytes::rounded(done.freed()), bytes::rounded(done.left));
    let artefacts = counted(artefacts.len(), "artefact");
    text + &match dry_run {
        true => format!("{artefacts} and leftovers would free {freed} and leave {left}\n"),
        false => format!("{artefacts} and leftovers freed {freed}; {left} are left\n"),
    }
}

fn object(done: &Collected, dry_run: bool) -> serde_json::Value {
    let name = |kind: Option<EntryKind>| match kind {
        None => "artefacts",
        Some(kind) => EntryKind::NAMES.iter().find(|(of, _)| *of == kind).map_or("", |(_, name)| name),
    };
    let removed: Vec<_> = done
        .removed
        .iter()
        .map(|Removal { kind, path, place, bytes }| {
            let (of, key) = (place.as_ref().map(|place| &place.kind), place.as_ref().map(|place| &place.key));
            json!({ "group": name(*kind), "kind": of, "key": key, "path": path, "bytes": bytes })
        })
        .collect();
    json!({
        "dry-run": dry_run,
        "removed": removed,
        "forgotten-reports": done.reports,
        "freed": done.freed(),
        "left": done.left,
    })
}
