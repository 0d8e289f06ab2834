use std::collections::BTreeMap;

use camlab::base::bytes;
use camlab::store::{EntryKind, Store};
use serde_json::json;

use crate::command::show;

/// Number and size of things of one kind.
#[derive(Default)]
struct Usage {
    count: usize,
    bytes: u64,
}

impl Usage {
    fn add(&mut self, bytes: u64) {
        self.count += 1;
        self.bytes += bytes;
    }
}

/// Prints the size of everything in a store.
pub fn du(store: &Store, json: bool) -> anyhow::Result<()> {
    let inventory = store.inventory()?;
    let mut kinds: BTreeMap<&str, Usage> = BTreeMap::new();
    for artefact in &inventory.artefacts {
        kinds.entry(artefact.place.kind.as_str()).or_default().add(artefact.bytes);
    }
    let others = EntryKind::NAMES.map(|(kind, name)| {
        let mut usage = Usage::default();
        let entries = inventory.others.iter().filter(|entry| entry.kind == kind);
        entries.for_each(|entry| usage.add(entry.bytes));
        (name, usage)
    });
    let (total, removable) = (inventory.bytes(), inventory.removable(store));
    if json {
        let object = |usages: &mut dyn Iterator<Item = (&str, &Usage)>| -> serde_json::Value {
            usages
                .map(|(name, usage)| (name.to_owned(), json!({ "count": usage.count, "bytes": usage.bytes })))
                .collect::<serde_json::Map<_, _>>()
                .into()
        };
        let all = json!({
            "artefacts": object(&mut kinds.iter().map(|(name, usage)| (*name, usage))),
            "others": object(&mut others.iter().map(|(name, usage)| (*name, usage))),
            "bytes": total,
            "removable": removable,
        });
        return show(&format!("{}\n", serde_json::to_string_pretty(&all)?));
    }
    let line = |name: &str, usage: &Usage| {
        format!("  {name:<22} {:>8} {:>10}\n", usage.count, bytes::rounded(usage.bytes))
    };
    let mut text = format!("artefacts of {}\n", store.root().display());
    kinds.iter().for_each(|(name, usage)| text.push_str(&line(name, usage)));
    text.push_str("beside them\n");
    others
        .iter()
        .filter(|(_, usage)| usage.count > 0)
        .for_each(|(name, usage)| text.push_str(&line(name, usage)));
    text.push_str(&format!(
        "{} in all; no report needs {} of it, which `camlab store gc --keep-days 0` removes\n",
        bytes::rounded(total),
        bytes::rounded(removable)
    ));
    show(&text)
}
