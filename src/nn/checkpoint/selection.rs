use std::collections::{BTreeMap, BTreeSet};

/// Prefixes of all names when a wrapped module was saved: `DataParallel` (`module.`), `torch.compile`
/// (`_orig_mod.`), a module that holds the network (Lightning).
const WRAPPER_PREFIXES: [&str; 5] = ["module.", "_orig_mod.", "model.", "network.", "net."];

/// The part of a checkpoint that is read, and the names that its tensors get.
#[derive(Clone, Copy)]
pub struct TensorSelection<'a> {
    /// Key of the state dict in a PyTorch file, with dots where dictionaries are nested; `None`: the only one.
    pub state_dict: Option<&'a str>,
    /// Beginning of the names that are read, which is removed from them; `None`: all names are read, and what a
    /// wrapper added to all of them (`module.`, `_orig_mod.`, `model.`, `network.`, `net.`) is removed.
    pub prefix: Option<&'a str>,
    /// Beginnings of names, without the prefix, and what they become. The longest that fits counts.
    pub rename: &'a [(String, String)],
    /// Names that are read: as they are in the file, and as they become.
    pub wanted: &'a dyn Fn(&str) -> bool,
}

impl TensorSelection<'_> {
    /// Every tensor of a file.
    pub const ALL: TensorSelection<'static> =
        TensorSelection { state_dict: None, prefix: None, rename: &[], wanted: &|_| true };

    /// Names that are read of `stored` names, with the names they become.
    pub(super) fn names(
        &self,
        stored: impl Iterator<Item = String>,
    ) -> Result<BTreeMap<String, String>, String> {
        let all: Vec<String> = stored.filter(|name| !is_counter(name)).collect();
        let prefix = match self.prefix {
            Some(prefix) if all.iter().any(|name| name.starts_with(prefix)) => prefix.to_owned(),
            Some(prefix) => {
                let found = list(&beginnings(all.iter().map(String::as_str)));
                return Err(format!(
                    "has no tensor whose name begins with `{prefix}`; names begin with {found}"
                ));
            }
            None => wrappers(all.iter().map(String::as_str).filter(|name| (self.wanted)(name))),
        };
        let mut renamed = vec![false; self.rename.len()];
        let mut names = BTreeMap::new();
        let mut taken: BTreeMap<String, String> = BTreeMap::new();
        for name in all {
            let Some(short) = name.strip_prefix(&prefix).filter(|short| !short.is_empty()) else { continue };
            let fits =
                self.rename.iter().enumerate().filter(|(_, (from, _))| short.starts_with(from.as_str()));
            let longest = fits.max_by_key(|(_, (from, _))| from.len());
            let new = match longest {
                Some((index, (from, to))) => {
                    renamed[index] = true;
                    format!("{to}{}", &short[from.len()..])
                }
                None => short.to_owned(),
            };
            if !(self.wanted)(&name) || !(self.wanted)(&new) {
                continue;
            }
            if let Some(other) = taken.insert(new.clone(), name.clone()) {
                return Err(format!(
                    "has two tensors that `rename` gives the name `{new}`: `{other}` and `{name}`"
                ));
            }
            names.insert(name, new);
        }
        match self.rename.iter().zip(renamed).find(|(_, used)| !used) {
            Some(((from, _), _)) => {
                Err(format!("has no tensor whose name begins with `{from}`, as `rename` says"))
            }
            None => Ok(names),
        }
    }
}

/// True for the counters of PyTorch that no network needs: of batches seen by a batch norm, of networks averaged.
fn is_counter(name: &str) -> bool {
    name.ends_with("num_batches_tracked") || name == "n_averaged"
}

/// The prefixes of wrappers that all names have, one after the other.
pub(super) fn wrappers<'a>(names: impl Iterator<Item = &'a str>) -> String {
    let mut rest: Vec<&str> = names.collect();
    let mut found = String::new();
    while let Some(prefix) = WRAPPER_PREFIXES
        .iter()
        .find(|prefix| !rest.is_empty() && rest.iter().all(|name| name.starts_with(**prefix)))
    {
        found.push_str(prefix);
        rest.iter_mut().for_each(|name| *name = &name[prefix.len()..]);
    }
    found
}

/// First parts of names, with their dot.
fn beginnings<'a>(names: impl Iterator<Item = &'a str>) -> BTreeSet<&'a str> {
    names.map(|name| name.split_inclusive('.').next().unwrap_or(name)).collect()
}

/// Number of items that an error lists.
const LISTED: usize = 8;

/// Quoted items, separated by commas, the first ones if there are many.
fn list(items: &BTreeSet<&str>) -> String {
    let shown: Vec<String> = items.iter().take(LISTED).map(|item| format!("`{item}`")).collect();
    match items.len().saturating_sub(LISTED) {
        0 => shown.join(", "),
        more => format!("{} and {more} others", shown.join(", ")),
    }
}

/// The beginning of a file's names under which most of a network's parameters stand, if the names as they are do not
/// fit: a value for `prefix`. Several, if more than one copy of the network is in the file.
pub(super) fn prefixes_for(stored: &[&str], wanted: &[&str]) -> Vec<String> {
    let known: BTreeSet<&str> = wanted.iter().copied().collect();
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for name in stored {
        for (dot, _) in name.match_indices('.') {
            if known.contains(&name[dot + 1..]) {
                *counts.entry(&name[..=dot]).or_default() += 1;
            }
        }
    }
    let most = |count: usize| 2 * count > wanted.len();
    counts.into_iter().filter(|(_, count)| most(*count)).map(|(prefix, _)| prefix.to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::{TensorSelection, prefixes_for};

    fn named(selection: &TensorSelection<'_>, names: &[&str]) -> Result<Vec<String>, String> {
        let found = selection.names(names.iter().map(|name| (*name).to_owned()))?;
        Ok(found.into_values().collect())
    }

    #[test]
    fn wrappers_of_all_names_are_removed_and_counters_left_out() {
        let found =
            named(&TensorSelection::ALL, &["n_averaged", "module._orig_mod.a", "module._orig_mod.b.c"]);
        assert_eq!(found.unwrap(), ["a", "b.c"]);
        let found = named(&TensorSelection::ALL, &["module.a", "b"]);
        assert_eq!(found.unwrap(), ["b", "module.a"]);
    }

    #[test]
    fn what_is_left_out_does_not_count_as_a_name() {
        let wanted = |name: &str| !name.starts_with("criterion.");
        let selection = TensorSelection { wanted: &wanted, ..TensorSelection::ALL };
        assert_eq!(named(&selection, &["criterion.pos_weight", "model.a", "model.b"]).unwrap(), ["a", "b"]);
    }

    #[test]
    fn beginnings_are_replaced_and_must_be_there() {
        let rename = [("backbone.".to_owned(), String::new()), ("head.".to_owned(), "fc.".to_owned())];
        let selection = TensorSelection { rename: &rename, ..TensorSelection::ALL };
        assert_eq!(named(&selection, &["backbone.a", "head.weight"]).unwrap(), ["a", "fc.weight"]);
        assert_eq!(named(&selection, &["a", "b"]).unwrap_err().matches("backbone.").count(), 1);
        assert!(
            named(&selection, &["backbone.fc.weight", "head.weight"]).unwrap_err().contains("two tensors")
        );
        let selection = TensorSelection { prefix: Some("ema."), ..TensorSelection::ALL };
        assert_eq!(named(&selection, &["ema.a", "model.a"]).unwrap(), ["a"]);
        let error = named(&selection, &["model.a", "head"]).unwrap_err();
        assert_eq!(error, "has no tensor whose name begins with `ema.`; names begin with `head`, `model.`");
    }

    #[test]
    fn copies_of_a_network_are_found_by_their_names() {
        let stored = ["model.a.w", "model.b", "ema.module.a.w", "ema.module.b", "loss.b"];
        assert_eq!(prefixes_for(&stored, &["a.w", "b"]), ["ema.module.", "model."]);
        assert!(prefixes_for(&stored, &["a.w", "c", "d", "e"]).is_empty());
    }
}
