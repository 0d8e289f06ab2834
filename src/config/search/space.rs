//! `[search.space]`: the searched keys, their values and conditions.

use std::ops::Range;
use std::sync::Arc;

use camlab_base::registry::{closest, misspelt};
use camlab_search::{Domain, Parameter, ParentChoice, SearchSpace};

use crate::sweep::condition::Condition;
use crate::sweep::{KeyValue, flattened, refused, written};
use crate::tree::{TomlNode, TomlTable, TomlValue};
use crate::{Diagnostic, Document, path};

/// Keys of a domain.
const DOMAINS: [&str; 5] = ["uniform", "log", "int", "int-log", "choice"];

/// A searched key.
#[derive(Debug, Clone)]
pub struct SearchKey {
    /// The dotted key.
    pub key: Arc<str>,
    pub(super) segments: Vec<String>,
    canonical: Vec<String>,
    /// Span of the key.
    pub at: Range<usize>,
    /// Its choices, if it has any.
    pub choices: Vec<TomlNode>,
    domain: Domain,
    when: Vec<Condition>,
}

/// The searched keys of a table and the space that they make up, in the same order: parents before what depends on them.
pub(super) fn read(
    table: &TomlTable,
    document: &Document,
) -> Result<(Vec<SearchKey>, SearchSpace), Vec<Diagnostic>> {
    let mut entries = Vec::new();
    flattened(table, &[], &|_, value| is_domain(value), &mut entries);
    let (mut keys, mut found) = (Vec::new(), Vec::new());
    for entry in entries {
        match SearchKey::read(entry, &document.root) {
            Ok(key) => keys.push(key),
            Err(error) => found.push(error),
        }
    }
    found.extend(overlaps(&keys, document));
    if !found.is_empty() {
        return Err(found);
    }
    keys.sort_by_key(|key| key.at.start);
    let keys = ordered(keys)?;
    let mut parameters = Vec::with_capacity(keys.len());
    for key in &keys {
        let when = key.when.iter().map(|condition| key.parent(condition, &keys));
        let when = when.collect::<Result<Vec<_>, _>>().map_err(|error| vec![error])?;
        parameters.push(Parameter { name: Arc::clone(&key.key), domain: key.domain.clone(), when });
    }
    // Every domain was checked at its own place; what is left concerns several.
    let space = SearchSpace::new(parameters).map_err(|error| {
        let at = keys.first().map(|key| key.at.clone());
        vec![Diagnostic::at(at, error.to_string(), "correct [search.space]")]
    })?;
    Ok((keys, space))
}

/// `true` for `{ log = [1e-4, 1.0] }` and its like, or a list of choices.
fn is_domain(value: &TomlNode) -> bool {
    let known = |table: &TomlTable| {
        table.iter().any(|(key, _)| DOMAINS.contains(&&*key.name) || &*key.name == "when")
    };
    value.as_list().is_some() || value.as_table().is_some_and(known)
}

impl SearchKey {
    fn read(entry: KeyValue<'_>, root: &TomlTable) -> Result<Self, Diagnostic> {
        let KeyValue { segments, at, value } = entry;
        if let Some(mut error) = refused(&segments, &at) {
            error.message = error.message.replace("swept", "searched");
            return Err(error);
        }
        if segments[0] == "seeds" {
            let remedy =
                "write seeds = [0, 1, 2] at the top of the file: every point is tried with every seed";
            return Err(Diagnostic::at(Some(at), "`seeds` cannot be searched", remedy));
        }
        let key: Arc<str> = written(&segments).into();
        let example = format!("write \"{key}\" = {{ log = [1e-4, 1.0] }}, or uniform, int, int-log, choice");
        let wrong = |span: &Range<usize>, message: String| {
            Diagnostic::at(Some(span.clone()), message, example.clone())
        };
        let mut domains = Vec::new();
        let mut when = Vec::new();
        match &value.value {
            TomlValue::List(_) => domains.push(("choice", value)),
            TomlValue::Table(table) => {
                for (name, inner) in table.iter() {
                    match DOMAINS.into_iter().find(|known| *known == &*name.name) {
                        Some(domain) => domains.push((domain, inner)),
                        None if &*name.name == "when" => when = conditions(&key, inner, root)?,
                        None => {
                            let message = format!("unknown key `{}` of the searched key `{key}`", name.name);
                            let near = misspelt(&name.name, DOMAINS.into_iter().chain(["when"]));
                            let remedy =
                                near.map_or(example.clone(), |near| format!("did you mean `{near}`?"));
                            return Err(Diagnostic::at(Some(name.span.clone()), message, remedy));
                        }
                    }
                }
            }
            _ => {
                let message =
                    format!("the searched key `{key}` has {} and no domain", value.value.type_name());
                return Err(wrong(&value.span, message));
            }
        }
        let [(kind, values)] = domains[..] else {
            let message = format!("the searched key `{key}` has {} domains, not one", domains.len());
            return Err(wrong(&value.span, message));
        };
        let domain = domain(&key, kind, values)?;
        let borrowed: Vec<&str> = segments.iter().map(String::as_str).collect();
        let canonical = path::canonical(root, &borrowed);
        let choices = match kind {
            "choice" => values.as_list().unwrap_or_default().to_vec(),
            _ => Vec::new(),
        };
        Ok(Self { key, segments, canonical, at, choices, domain, when })
    }

    /// The choices of another key under which this one is searched.
    fn parent(&self, condition: &Condition, keys: &[Self]) -> Result<ParentChoice, Diagnostic> {
        let wrong =
            |message: String, remedy: String| Diagnostic::at(Some(condition.at.clone()), message, remedy);
        let named = written(&condition.segments);
        let Some(parent) = keys.iter().position(|key| key.canonical == condition.canonical) else {
            let message = format!("`when` of `{}` names `{named}`, which is not searched", self.key);
            let near = closest(&named, keys.iter().map(|key| &*key.key));
            return Err(wrong(
                message,
                near.map_or_else(
                    || "name a key of [search.space] that has choices".into(),
                    |near| format!("did you mean `{near}`?"),
                ),
            ));
        };
        let choices = &keys[parent].choices;
        if choices.is_empty() {
            let message = format!("`when` of `{}` names `{named}`, which has no choices", self.key);
            return Err(wrong(message, format!("give `{named}` a list of values")));
        }
        let allowed: Vec<usize> =
            (0..choices.len()).filter(|index| condition.allows(&choices[*index])).collect();
        if allowed.is_empty() {
            let message = format!("`when` of `{}` never holds: `{named}` has no such choice", self.key);
            let listed: Vec<String> = choices.iter().map(|choice| choice.value.to_string()).collect();
            return Err(wrong(message, format!("use one of {}", listed.join(", "))));
        }
        Ok(ParentChoice { parent, choices: allowed })
    }
}

fn conditions(key: &str, when: &TomlNode, root: &TomlTable) -> Result<Vec<Condition>, Diagnostic> {
    match when.as_table() {
        Some(table) if !table.is_empty() => Ok(Condition::all(table, root)),
        _ => {
            let message = format!("`when` of the searched key `{key}` is no table of conditions");
            let remedy = "write when = { \"training.optimiser\" = \"adam\" }";
            Err(Diagnostic::at(Some(when.span.clone()), message, remedy))
        }
    }
}

/// The domain of a key.
fn domain(key: &str, kind: &str, values: &TomlNode) -> Result<Domain, Diagnostic> {
    let wrong = |message: String, remedy: &str| Diagnostic::at(Some(values.span.clone()), message, remedy);
    let list = values.as_list().unwrap_or_default();
    if kind == "choice" {
        let twice =
            list.iter().enumerate().find(|(index, one)| list[..*index].iter().any(|other| other.same(one)));
        if let Some((_, twice)) = twice {
            let message = format!("`{key}` has the choice {} twice", twice.value);
            return Err(Diagnostic::at(Some(twice.span.clone()), message, "list every choice once"));
        }
        return match list.len() {
            0 => Err(wrong(format!("`{key}` has no choices"), "list at least two values, or remove the key")),
            count => Ok(Domain::Choice { count }),
        };
    }
    let [low, high] = list else {
        let message = format!("`{kind}` of `{key}` is no pair of bounds");
        return Err(wrong(
            message,
            "write two numbers, the least and the greatest value, such as [1e-4, 1.0]",
        ));
    };
    let bound = |node: &TomlNode| match &node.value {
        TomlValue::Integer(whole) => Some(*whole as f64),
        TomlValue::Float(float) if float.value.is_finite() => Some(float.value),
        _ => None,
    };
    let (Some(from), Some(to)) = (bound(low), bound(high)) else {
        let message = format!("a bound of `{kind}` of `{key}` is no finite number");
        return Err(wrong(message, "write two numbers, such as [1e-4, 1.0]"));
    };
    if from >= to {
        let message = format!("the bounds {from} and {to} of `{key}` leave nothing to search");
        return Err(wrong(message, "write the smaller one first"));
    }
    if kind.contains("log") && from <= 0.0 {
        let message = format!("`{key}` has a logarithmic scale that starts at {from}");
        return Err(wrong(message, "start above 0, or use uniform or int"));
    }
    if !(to - from).is_finite() {
        return Err(wrong(format!("the bounds of `{key}` are too far apart"), "write smaller bounds"));
    }
    match kind {
        "uniform" => Ok(Domain::Real { low: from, high: to, log: false }),
        "log" => Ok(Domain::Real { low: from, high: to, log: true }),
        _ => match (&low.value, &high.value) {
            (TomlValue::Integer(low), TomlValue::Integer(high))
                if low.unsigned_abs().max(high.unsigned_abs()) <= 1 << 53 =>
            {
                Ok(Domain::Whole { low: *low as i64, high: *high as i64, log: kind == "int-log" })
            }
            _ => {
                let message = format!("the bounds of `{kind}` of `{key}` are not whole numbers below 2^53");
                Err(wrong(message, "write whole numbers, or use uniform or log"))
            }
        },
    }
}

/// Errors for keys of which one is the other or lies within it, and for keys that `--set` gives as well.
fn overlaps(keys: &[SearchKey], document: &Document) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for (place, key) in keys.iter().enumerate() {
        for before in keys[..place].iter().filter(|before| path::overlap(&before.canonical, &key.canonical)) {
            let message = match before.canonical == key.canonical {
                true => format!("`{}` is searched twice", key.key),
                false => format!(
                    "`{}` and `{}` are both searched, but one contains the other",
                    before.key, key.key
                ),
            };
            let error = Diagnostic::at(Some(key.at.clone()), message, "search one of them");
            found.push(error.and(before.at.clone(), "the other one"));
        }
    }
    for assignment in &document.assignments {
        let canonical = path::canonical(&document.root, &path::segments(&assignment.key));
        for key in keys.iter().filter(|key| path::overlap(&key.canonical, &canonical)) {
            let message = format!("--set gives `{}`, which the search varies", assignment.key);
            let remedy =
                format!("leave --set out, or set the domain: --set 'search.space.\"{}\"=[value]'", key.key);
            let error = Diagnostic::at(Some(assignment.span.clone()), message, remedy);
            found.push(error.and(key.at.clone(), "searched here"));
        }
    }
    found
}

/// The keys with those first that the conditions of others name.
fn ordered(mut left: Vec<SearchKey>) -> Result<Vec<SearchKey>, Vec<Diagnostic>> {
    let mut placed: Vec<SearchKey> = Vec::with_capacity(left.len());
    while !left.is_empty() {
        let waits = |key: &SearchKey, left: &[SearchKey]| {
            key.when.iter().any(|condition| left.iter().any(|other| other.canonical == condition.canonical))
        };
        let Some(next) = left.iter().position(|key| !waits(key, &left)) else {
            let message = format!("the conditions of `{}` lead back to it", left[0].key);
            let remedy = "remove the `when` of one of the keys";
            return Err(vec![Diagnostic::at(Some(left[0].at.clone()), message, remedy)]);
        };
        placed.push(left.remove(next));
    }
    Ok(placed)
}
