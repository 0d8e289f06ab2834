//! Pairs of configurations that the conditions (`where`) of a claim choose.

use std::ops::Range;

use crate::tree::TomlNode;
use crate::{Diagnostic, Document, path};
use camlab_base::registry::closest;

use super::condition::Condition;
use super::{Point, written};

/// Values of a key that an error lists.
const LISTED: usize = 8;

/// The configurations of a sweep, as the claims of the file compare them.
pub struct ConfigurationPairs<'a> {
    /// The configurations' documents, references replaced.
    documents: Vec<Document>,
    points: &'a [&'a Point],
    /// The swept keys, names of list elements replaced by their indices.
    swept: Vec<Vec<String>>,
}

impl<'a> ConfigurationPairs<'a> {
    /// The configurations, one point for each.
    ///
    /// # Errors
    /// References that cannot be followed.
    pub fn new(points: &'a [&'a Point]) -> Result<Self, Vec<Diagnostic>> {
        let documents = points.iter().map(|point| point.document.interpolated()).collect::<Result<_, _>>()?;
        let mut swept: Vec<Vec<String>> = Vec::new();
        for point in points {
            for change in point.overrides.iter() {
                let key = path::canonical(&point.document.root, &path::segments(&change.key));
                if !swept.contains(&key) {
                    swept.push(key);
                }
            }
        }
        Ok(Self { documents, points, swept })
    }

    /// The pairs of configurations (positions in the list) that the claim at `index` of the file compares, in the order
    /// of `better`: those that fulfil the conditions of their side, and have the same values of all swept keys that no
    /// condition names. A side without conditions has those of the other.
    ///
    /// # Errors
    /// A condition on a key that is not swept or that no configuration fulfils; no two configurations that agree on the
    /// other keys; several that a side leaves open.
    pub fn of_claim(&self, index: usize) -> Result<Vec<(usize, usize)>, Vec<Diagnostic>> {
        let Some(document) = self.documents.first() else { return Ok(Vec::new()) };
        let side = |name: &str| -> Option<(Range<usize>, Vec<Condition>)> {
            let node = path::get(&document.root, &["claim", &index.to_string(), name, "where"])?;
            Some((node.span.clone(), Condition::all(node.as_table()?, &document.root)))
        };
        let (better, than) = (side("better"), side("than"));
        let (better, than) = match (&better, &than) {
            (Some(better), than) => (better, than.as_ref().unwrap_or(better)),
            (None, Some(than)) => (than, than),
            (None, None) => return Ok((0..self.documents.len()).map(|own| (own, own)).collect()),
        };
        let (firsts, seconds) = (self.chosen(better)?, self.chosen(than)?);
        let named = |key: &Vec<String>| {
            better.1.iter().chain(&than.1).any(|condition| path::overlap(&condition.canonical, key))
        };
        let open: Vec<&Vec<String>> = self.swept.iter().filter(|key| !named(key)).collect();
        let mut pairs = Vec::new();
        for first in &firsts {
            let partners: Vec<usize> =
                seconds.iter().copied().filter(|second| self.agree(*first, *second, &open)).collect();
            match partners.as_slice() {
                [] => {}
                [one] => pairs.push((*first, *one)),
                // The same conditions on both sides: every configuration by itself.
                several if several.contains(first) && firsts == seconds => pairs.push((*first, *first)),
                _ => return Err(vec![ambiguous(&than.0, "than")]),
            }
        }
        for (place, pair) in pairs.iter().enumerate() {
            if pairs[..place].iter().any(|other| other.1 == pair.1) {
                return Err(vec![ambiguous(&better.0, "better")]);
            }
        }
        match pairs.is_empty() {
            true => Err(vec![self.apart(&firsts, &seconds, &open, &than.0)]),
            false => Ok(pairs),
        }
    }

    /// The configurations that fulfil all conditions.
    fn chosen(
        &self,
        (at, conditions): &(Range<usize>, Vec<Condition>),
    ) -> Result<Vec<usize>, Vec<Diagnostic>> {
        if conditions.is_empty() {
            let remedy = "write where = { \"training.optimiser\" = \"sgd\" } with a swept key, or remove it";
            return Err(vec![Diagnostic::at(Some(at.clone()), "`where` has no condition", remedy)]);
        }
        let odd: Vec<Diagnostic> =
            conditions.iter().filter_map(|condition| self.not_swept(condition)).collect();
        if !odd.is_empty() {
            return Err(odd);
        }
        let holds = |condition: &Condition, document: &Document| {
            let segments: Vec<&str> = condition.segments.iter().map(String::as_str).collect();
            path::get(&document.root, &segments).is_some_and(|value| condition.allows(value))
        };
        for condition in conditions {
            if !self.documents.iter().any(|document| holds(condition, document)) {
                return Err(vec![self.no_such_value(condition)]);
            }
        }
        let all =
            |index: &usize| conditions.iter().all(|condition| holds(condition, &self.documents[*index]));
        let found: Vec<usize> = (0..self.documents.len()).filter(all).collect();
        match found.is_empty() {
            true => {
                let message = "no configuration of the sweep fulfils these conditions together";
                let remedy = "name values that occur together; `camlab plan` lists the configurations";
                Err(vec![Diagnostic::at(Some(at.clone()), message, remedy)])
            }
            false => Ok(found),
        }
    }

    fn not_swept(&self, condition: &Condition) -> Option<Diagnostic> {
        if self.swept.iter().any(|key| path::overlap(key, &condition.canonical)) {
            return None;
        }
        let key = written(&condition.segments);
        let message = format!("`where` names `{key}`, which is not swept");
        let known = self.keys();
        let remedy = match closest(&key, known.iter().map(String::as_str)) {
            Some(near) => format!("did you mean `{near}`?"),
            None if known.is_empty() => format!("add \"{key}\" = [first, second] to [sweep]"),
            None => format!("use one of `{}`, or add it to [sweep]", known.join("`, `")),
        };
        Some(Diagnostic::at(Some(condition.at.clone()), message, remedy))
    }

    fn no_such_value(&self, condition: &Condition) -> Diagnostic {
        let segments: Vec<&str> = condition.segments.iter().map(String::as_str).collect();
        let mut values: Vec<String> = Vec::new();
        for document in &self.documents {
            let Some(value) = path::get(&document.root, &segments) else { continue };
            let text = value.value.to_string();
            if !values.contains(&text) {
                values.push(text);
            }
        }
        let key = written(&condition.segments);
        let more = if values.len() > LISTED { ", ..." } else { "" };
        values.truncate(LISTED);
        let message = format!("no configuration of the sweep has this value of `{key}`");
        let remedy = format!("its values are {}{more}", values.join(", "));
        Diagnostic::at(Some(condition.at.clone()), message, remedy)
    }

    /// The swept keys as the sweep writes them.
    fn keys(&self) -> Vec<String> {
        let mut known: Vec<String> = Vec::new();
        for change in self.points.iter().flat_map(|point| point.overrides.iter()) {
            if !known.iter().any(|key| **key == *change.key) {
                known.push(change.key.to_string());
            }
        }
        known
    }

    /// `true` if two configurations have the same values of some keys.
    fn agree(&self, one: usize, other: usize, keys: &[&Vec<String>]) -> bool {
        keys.iter().all(|key| match (value(&self.documents[one], key), value(&self.documents[other], key)) {
            (Some(one), Some(other)) => one.same(other),
            (one, other) => one.is_none() && other.is_none(),
        })
    }

    /// Error for sides whose configurations always differ in a key that no condition names.
    fn apart(
        &self,
        firsts: &[usize],
        seconds: &[usize],
        open: &[&Vec<String>],
        at: &Range<usize>,
    ) -> Diagnostic {
        let differs = |key: &&&Vec<String>| {
            firsts.iter().all(|one| seconds.iter().all(|other| !self.agree(*one, *other, &[**key])))
        };
        let message = "no two configurations of the two sides have the same values of all other swept keys";
        let remedy = match open.iter().find(differs) {
            Some(key) => format!("`{}` differs: name a value of it in `where` of both sides", written(key)),
            None => "name values of the other swept keys in `where` of both sides".to_owned(),
        };
        Diagnostic::at(Some(at.clone()), message, remedy)
    }
}

fn value<'d>(document: &'d Document, key: &[String]) -> Option<&'d TomlNode> {
    let key: Vec<&str> = key.iter().map(String::as_str).collect();
    path::get(&document.root, &key)
}

/// Error for a side with several configurations for one of the other side.
fn ambiguous(at: &Range<usize>, side: &str) -> Diagnostic {
    let message = format!("`where` of `{side}` leaves several configurations for one of the other side");
    let remedy = "name one value of every key of the conditions, on both sides";
    Diagnostic::at(Some(at.clone()), message, remedy)
}
