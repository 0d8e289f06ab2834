//! Names of the configurations of a sweep, by the keys that tell them apart.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use camlab_config::{Experiment, Override, Point};

/// Name of a configuration by all its overrides, keys by their last segment where no other key ends in it.
pub(super) fn full_name(overrides: &[Override]) -> Arc<str> {
    named(&[overrides], &BTreeSet::new()).remove(0)
}

/// Names of all configurations of a sweep. Keys whose values are lists or tables are left out where the others tell the
/// configurations apart; an item with options stands by its name alone where the names of all its values differ.
pub(super) fn short_names(configurations: &[(Arc<Experiment>, Point)]) -> Vec<Arc<str>> {
    short(&configurations.iter().map(|(_, point)| &point.overrides[..]).collect::<Vec<_>>())
}

fn short(overrides: &[&[Override]]) -> Vec<Arc<str>> {
    let long = |o: &&Override| o.value.starts_with(['{', '[']);
    let mut keys: Vec<&str> = Vec::new();
    for o in overrides.iter().copied().flatten().filter(long) {
        if !keys.contains(&&*o.key) {
            keys.push(&o.key);
        }
    }
    let items = item_names(overrides);
    let shown: Vec<Vec<Override>> = overrides
        .iter()
        .map(|point| {
            let one = |o: &Override| {
                let value = items
                    .get(&(&*o.key, &*o.value))
                    .map_or_else(|| Arc::clone(&o.value), |name| (*name).into());
                Override { key: Arc::clone(&o.key), value }
            };
            point.iter().map(one).collect()
        })
        .collect();
    let shown: Vec<&[Override]> = shown.iter().map(Vec::as_slice).collect();
    let mut left_out: BTreeSet<&str> = keys.iter().copied().collect();
    for key in keys {
        let told_apart: HashSet<Vec<(&str, &str)>> =
            shown.iter().map(|point| kept(point, &left_out)).collect();
        if told_apart.len() == shown.len() && told_apart.iter().any(|point| !point.is_empty()) {
            break;
        }
        left_out.remove(key);
    }
    named(&shown, &left_out)
}

/// Keys and values of a point without those that are left out.
fn kept<'a>(point: &'a [Override], left_out: &BTreeSet<&str>) -> Vec<(&'a str, &'a str)> {
    let shown = point.iter().filter(|o| !left_out.contains(&*o.key));
    shown.map(|o| (&*o.key, &*o.value)).collect()
}

/// Names of items with options, `resnet50` of `{ resnet50 = { ... } }`, by key and value: of those keys alone whose values
/// all have different names.
fn item_names<'a>(overrides: &[&'a [Override]]) -> HashMap<(&'a str, &'a str), &'a str> {
    let mut values: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for o in overrides.iter().copied().flatten() {
        values.entry(&o.key).or_default().insert(&o.value);
    }
    let mut found = HashMap::new();
    for (key, values) in values {
        let names: Option<Vec<(&str, &str)>> =
            values.iter().map(|value| Some((*value, item_name(value)?))).collect();
        let Some(names) = names else { continue };
        if values.iter().all(|value| value.starts_with('"')) {
            continue;
        }
        let different: BTreeSet<&str> = names.iter().map(|(_, name)| *name).collect();
        if different.len() == names.len() {
            found.extend(names.into_iter().map(|(value, name)| ((key, value), name)));
        }
    }
    found
}

/// Name of an item: the text itself, or the only key of a table of options.
fn item_name(value: &str) -> Option<&str> {
    if let Some(text) = value.strip_prefix('"').and_then(|text| text.strip_suffix('"')) {
        return Some(text);
    }
    let (name, options) = value.strip_prefix('{')?.split_once('=')?;
    options.trim_start().starts_with('{').then(|| name.trim().trim_matches('"'))
}

fn named(overrides: &[&[Override]], left_out: &BTreeSet<&str>) -> Vec<Arc<str>> {
    let last = |key: &str| -> String { key.rsplit('.').next().unwrap_or(key).to_owned() };
    let keys: BTreeSet<&str> = overrides.iter().copied().flatten().map(|o| &*o.key).collect();
    let mut ends: HashMap<String, usize> = HashMap::new();
    keys.iter()
        .filter(|key| !left_out.contains(*key))
        .for_each(|key| *ends.entry(last(key)).or_default() += 1);
    let mut seen = HashSet::new();
    let name = |(index, point): (usize, &&[Override])| -> Arc<str> {
        let key = |written: &str| match ends.get(&last(written)) {
            Some(1) => last(written),
            _ => written.to_owned(),
        };
        let kept = kept(point, left_out);
        let parts: Vec<String> =
            kept.iter().map(|(name, value)| format!("{} = {value}", key(name))).collect();
        let name = if parts.is_empty() { "base".to_owned() } else { parts.join(", ") };
        match seen.insert(name.clone()) {
            true => name.into(),
            // Two spellings of one key in two blocks.
            false => format!("{name} (c{index:02})").into(),
        }
    };
    overrides.iter().enumerate().map(name).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn short_of(points: &[&[(&str, &str)]]) -> Vec<String> {
        let one = |(key, value): &(&str, &str)| Override { key: (*key).into(), value: (*value).into() };
        let points: Vec<Vec<Override>> = points.iter().map(|keys| keys.iter().map(one).collect()).collect();
        let points: Vec<&[Override]> = points.iter().map(Vec::as_slice).collect();
        short(&points).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn long_values_are_left_out_where_others_tell() {
        let resnet = "{ resnet50 = { output-stride = 16 } }";
        let vgg = "{ vgg16_bn = { last-pool = false } }";
        let points: [&[_]; 2] =
            [&[("backbone", resnet), ("seeds", "[0, 1]")], &[("backbone", vgg), ("seeds", "[0]")]];
        assert_eq!(short_of(&points), ["backbone = resnet50", "backbone = vgg16_bn"]);
        let points: [&[_]; 2] = [
            &[("training.lr", "0.1"), ("maps.0.layers", "[\"layer3\"]")],
            &[("training.lr", "0.2"), ("maps.0.layers", "[\"layer2\"]")],
        ];
        assert_eq!(short_of(&points), ["lr = 0.1", "lr = 0.2"]);
    }

    #[test]
    fn long_values_stay_where_nothing_else_tells() {
        let points: [&[_]; 2] = [&[("maps.0.layers", "[\"layer3\"]")], &[("maps.0.layers", "[\"layer2\"]")]];
        assert_eq!(short_of(&points), ["layers = [\"layer3\"]", "layers = [\"layer2\"]"]);
        let (one, other) = ("{ resnet50 = { output-stride = 16 } }", "{ resnet50 = { output-stride = 8 } }");
        let points: [&[_]; 2] = [&[("backbone", one)], &[("backbone", other)]];
        assert_eq!(short_of(&points)[0], format!("backbone = {one}"));
        // A point that sets nothing.
        let points: [&[_]; 2] = [&[], &[("backbone", one)]];
        assert_eq!(short_of(&points), ["base", "backbone = resnet50"]);
    }
}
