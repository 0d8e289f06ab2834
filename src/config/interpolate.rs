//! `${path}` in strings: the value of another key of the same experiment.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use camlab_base::registry::closest;

use super::diagnostic::Diagnostic;
use super::tree::{TomlNode, TomlTable, TomlValue};
use super::{Sources, path};

/// Start of a reference to an environment variable, which only paths resolve.
const VARIABLE: &str = "env:";

/// `true` if a string of the value refers to another key.
pub fn refers(node: &TomlNode) -> bool {
    let mut found = false;
    node.texts(&mut |_, text| found |= text.contains("${"));
    found
}

/// The table with every `${path}` replaced by the value at that path, and an error for every reference that is not
/// closed, names no key, or leads back to itself; these stay as they are. A string that is one reference takes the value
/// whatever its type; within a longer string the value must be a string, a number or a boolean. `$${` stands for `${`.
pub(super) fn interpolate(root: &TomlTable, sources: &Sources) -> Interpolated {
    let mut interpolation =
        ReferenceWalk { root, sources, found: Vec::new(), moved: BTreeMap::new(), steps: 0 };
    let mut resolved = TomlTable::default();
    let mut place = Vec::new();
    for (key, value) in root.iter() {
        place.push(key.name.to_string());
        resolved.replace(key, interpolation.node(value, &mut place, &mut Vec::new()));
        place.pop();
    }
    let ReferenceWalk { found, moved, .. } = interpolation;
    Interpolated { root: resolved, found, moved }
}

/// A table without references.
pub(super) struct Interpolated {
    /// The table.
    pub root: TomlTable,
    /// Errors of the references that are left in it.
    pub found: Vec<Diagnostic>,
    /// Texts that stand in another folder than the reference to them: start of the reference, place of the text.
    pub moved: BTreeMap<usize, Range<usize>>,
}

struct ReferenceWalk<'a> {
    root: &'a TomlTable,
    sources: &'a Sources,
    found: Vec<Diagnostic>,
    moved: BTreeMap<usize, Range<usize>>,
    /// Values and characters that references were replaced by so far.
    steps: usize,
}

/// Limit on the values and characters that the references of an experiment are replaced by: a few lists of two references
/// each can stand for more values than any memory holds.
const MOST_STEPS: usize = 1_000_000;

/// Limit on the references that follow each other.
const LONGEST_CHAIN: usize = 100;

/// One part of a string.
enum TextPart<'a> {
    Literal(&'a str),
    Reference(&'a str),
    /// `${` without `}`.
    Open(&'a str),
}

impl ReferenceWalk<'_> {
    /// The value with its references replaced. `place` is its path while the document itself is walked, `chain` the
    /// references that led to it.
    fn node(&mut self, node: &TomlNode, place: &mut Vec<String>, chain: &mut Vec<String>) -> TomlNode {
        match &node.value {
            TomlValue::Text(text) if text.contains("${") => self.text(node, text, place, chain),
            TomlValue::List(list) if list.iter().any(refers) => {
                let mut items = Vec::with_capacity(list.len());
                for (index, item) in list.iter().enumerate() {
                    place.push(index.to_string());
                    items.push(self.node(item, place, chain));
                    place.pop();
                }
                TomlNode::new(node.span.clone(), TomlValue::List(Arc::new(items)))
            }
            TomlValue::Table(table) if table.iter().any(|(_, value)| refers(value)) => {
                let mut entries = TomlTable::default();
                for (key, value) in table.iter() {
                    place.push(key.name.to_string());
                    entries.replace(key, self.node(value, place, chain));
                    place.pop();
                }
                TomlNode::table(node.span.clone(), entries)
            }
            _ => node.clone(),
        }
    }

    fn text(
        &mut self,
        node: &TomlNode,
        text: &str,
        place: &mut Vec<String>,
        chain: &mut Vec<String>,
    ) -> TomlNode {
        let parts = parts(text);
        if let [TextPart::Reference(written)] = parts[..] {
            let Some(found) = self.value(node, written, place, chain) else { return node.clone() };
            if found.as_text().is_some()
                && self.sources.folder(&found.span) != self.sources.folder(&node.span)
            {
                self.moved.insert(node.span.start, found.span);
            }
            return TomlNode::new(node.span.clone(), found.value);
        }
        let mut whole = String::new();
        for part in parts {
            match part {
                TextPart::Literal(literal) => whole.push_str(literal),
                TextPart::Open(rest) => {
                    let message = format!("`{rest}` opens a reference and does not close it");
                    let remedy = "write ${key}, or $${ for the characters themselves";
                    self.found.push(Diagnostic::at(Some(node.span.clone()), message, remedy));
                }
                TextPart::Reference(written) => match self.value(node, written, place, chain) {
                    Some(TomlNode { value: TomlValue::List(_) | TomlValue::Table(_), .. }) => {
                        let message = format!("`${{{written}}}` is a list or a table, which has no text");
                        let remedy = "refer to one value in it, or write the reference as the whole string";
                        self.found.push(Diagnostic::at(Some(node.span.clone()), message, remedy));
                    }
                    Some(TomlNode { value: TomlValue::Text(text), .. }) => whole.push_str(&text),
                    Some(found) => whole.push_str(&found.value.to_string()),
                    None => {}
                },
            }
        }
        TomlNode::text(node.span.clone(), &whole)
    }

    /// The resolved value that a reference names; `None` after an error.
    fn value(
        &mut self,
        from: &TomlNode,
        written: &str,
        place: &mut Vec<String>,
        chain: &mut Vec<String>,
    ) -> Option<TomlNode> {
        let fail = |found: &mut Vec<Diagnostic>, message: String, remedy: String| {
            found.push(Diagnostic::at(Some(from.span.clone()), message, remedy));
            None
        };
        let segments = path::segments(written);
        let Some(target) = path::get(self.root, &segments) else {
            let remedy = suggestion(self.root, &segments);
            return fail(&mut self.found, format!("`${{{written}}}` names no key of the experiment"), remedy);
        };
        let name = path::canonical(self.root, &segments).join(".");
        if chain.is_empty() {
            chain.push(place.join("."));
            let found = self.followed(from, target, name, place, chain);
            chain.clear();
            return found;
        }
        self.followed(from, target, name, place, chain)
    }

    fn followed(
        &mut self,
        from: &TomlNode,
        target: &TomlNode,
        name: String,
        place: &mut Vec<String>,
        chain: &mut Vec<String>,
    ) -> Option<TomlNode> {
        // A reference to a table that holds the reference leads back as well.
        let within = |link: &String| *link == name || link.starts_with(&format!("{name}."));
        if let Some(first) = chain.iter().position(within) {
            let cycle = &chain[first..];
            // The walk meets a cycle at each of its members; one error is enough.
            if first == 0 && cycle.iter().all(|link| *link >= cycle[0]) {
                let shown = [cycle, std::slice::from_ref(&name)].concat().join(" -> ");
                let message = format!("the references lead back to where they began: {shown}");
                let remedy = "write one of these values out";
                self.found.push(Diagnostic::at(Some(from.span.clone()), message, remedy));
            }
            return None;
        }
        if self.steps > MOST_STEPS {
            return None;
        }
        if chain.len() > LONGEST_CHAIN {
            let message = format!("more than {LONGEST_CHAIN} references follow each other");
            self.found.push(Diagnostic::at(
                Some(from.span.clone()),
                message,
                "write one of these values out",
            ));
            self.steps = MOST_STEPS + 1;
            return None;
        }
        chain.push(name);
        let found = self.node(target, place, chain);
        chain.pop();
        let before = self.steps;
        self.steps += found.weight();
        if self.steps > MOST_STEPS && before <= MOST_STEPS {
            let message = format!("the references stand for more than {MOST_STEPS} values");
            self.found.push(Diagnostic::at(
                Some(from.span.clone()),
                message,
                "write some of these values out",
            ));
        }
        (self.steps <= MOST_STEPS).then_some(found)
    }
}

fn parts(text: &str) -> Vec<TextPart<'_>> {
    let (mut found, mut rest) = (Vec::new(), text);
    let literal = |found: &mut Vec<_>, text| {
        if !str::is_empty(text) {
            found.push(TextPart::Literal(text));
        }
    };
    while let Some(start) = rest.find("${") {
        if start > 0 && rest.as_bytes()[start - 1] == b'$' {
            literal(&mut found, &rest[..start - 1]);
            literal(&mut found, "${");
            rest = &rest[start + 2..];
            continue;
        }
        let Some(length) = rest[start..].find('}') else {
            literal(&mut found, &rest[..start]);
            found.push(TextPart::Open(&rest[start..]));
            return found;
        };
        let inner = &rest[start + 2..start + length];
        if inner.trim_start().starts_with(VARIABLE) {
            literal(&mut found, &rest[..start + length + 1]);
        } else {
            literal(&mut found, &rest[..start]);
            found.push(TextPart::Reference(inner.trim()));
        }
        rest = &rest[start + length + 1..];
    }
    literal(&mut found, rest);
    found
}

/// Remedy for a path that does not exist: the closest key where it leaves the document.
fn suggestion(root: &TomlTable, segments: &[&str]) -> String {
    let known = (0..segments.len()).rev().find(|n| *n == 0 || path::get(root, &segments[..*n]).is_some());
    let known = known.unwrap_or(0);
    let table = match known {
        0 => Some(root),
        n => path::get(root, &segments[..n]).and_then(TomlNode::as_table),
    };
    let near = table.and_then(|table| closest(segments[known], table.iter().map(|(key, _)| &*key.name)));
    match near {
        Some(near) => {
            let mut path = segments[..known].to_vec();
            path.push(near);
            path.extend(&segments[known + 1..]);
            format!("did you mean `${{{}}}`?", path.join("."))
        }
        None => "write the full path of a key that the file contains; a default can be referred to once it is written, \
                 and ${env:NAME} in a path is an environment variable"
            .into(),
    }
}
