use camlab_frame::compared::{NameKind, NameMatch};

/// Placeholder of a key that a report does not have.
const ABSENT: &str = "absent";
/// The tables of an experiment whose items have names of networks.
const NETWORKS: [&str; 2] = ["init", "fusion"];
/// The table whose items have names of methods.
const CHAINS: &str = "chain";

/// Keys in which reports differ.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DifferentValues {
    /// Key and its value in every report, `absent` where it has none; in the order of the first report.
    pub rows: Vec<(String, Vec<String>)>,
    /// Number of keys with one value in all.
    pub equal: usize,
}

/// Compares keys and values of several reports; names that stand for each other count as those of the first.
pub fn different(all: &[&[(String, String)]], matches: &[NameMatch]) -> DifferentValues {
    let renamed = |(report, values): (usize, &&[(String, String)])| -> Vec<(String, String)> {
        let own: Vec<&NameMatch> = matches.iter().filter(|known| known.report == report).collect();
        values.iter().map(|(key, value)| (under_first(key, &own), value.clone())).collect()
    };
    let all: Vec<Vec<(String, String)>> = all.iter().enumerate().map(renamed).collect();
    let mut keys: Vec<&String> = Vec::new();
    let mut known = std::collections::HashSet::new();
    for (key, _) in all.iter().flatten() {
        if known.insert(key) {
            keys.push(key);
        }
    }
    let maps: Vec<std::collections::HashMap<&String, &String>> =
        all.iter().map(|values| values.iter().map(|(key, value)| (key, value)).collect()).collect();
    let mut found = DifferentValues::default();
    for key in keys {
        let values: Vec<Option<&&String>> = maps.iter().map(|map| map.get(key)).collect();
        if values.windows(2).all(|pair| pair[0] == pair[1]) {
            found.equal += 1;
        } else {
            let words = values.into_iter().map(|value| value.map_or(ABSENT, |value| value).to_owned());
            found.rows.push((key.clone(), words.collect()));
        }
    }
    found
}

/// A key with the names of the first report in place of those that they stand for.
fn under_first(key: &str, matches: &[&NameMatch]) -> String {
    for known in matches {
        let tables: &[&str] = match known.kind {
            NameKind::Network => &NETWORKS,
            NameKind::Method => &[CHAINS],
            NameKind::Layer => &[],
        };
        for table in tables {
            for quote in ["", "\"", "'"] {
                let before = format!("{table}.{quote}{}{quote}.", known.other);
                if let Some(rest) = key.strip_prefix(&before) {
                    return format!("{table}.{}.{rest}", known.first);
                }
            }
        }
    }
    key.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
        pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn equal_keys_are_counted_and_others_listed() {
        let a = values(&[("seeds", "[1]"), ("init.net.scheme", "\"x\""), ("only.a", "1")]);
        let b = values(&[("seeds", "[1]"), ("init.other.scheme", "\"y\""), ("only.b", "2")]);
        let known = NameMatch {
            report: 1,
            kind: NameKind::Network,
            first: "net".into(),
            other: "other".into(),
            is_declared: false,
        };
        let found = different(&[&a, &b], &[known]);
        let row = |key: &str, a: &str, b: &str| (key.to_owned(), vec![a.to_owned(), b.to_owned()]);
        let wanted = [
            row("init.net.scheme", "\"x\"", "\"y\""),
            row("only.a", "1", "absent"),
            row("only.b", "absent", "2"),
        ];
        assert_eq!((found.rows, found.equal), (wanted.to_vec(), 1));
        assert_eq!(different(&[&a, &a], &[]), DifferentValues { rows: Vec::new(), equal: 3 });
    }
}
