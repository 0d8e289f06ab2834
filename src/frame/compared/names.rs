use std::collections::BTreeSet;
use std::sync::Arc;

use super::images::MapPlace;
use crate::BASELINE;
use crate::aggregate::Aggregate;

/// Layer in the rows of baselines, which have none.
const NO_LAYER: &str = "-";

/// The kinds of names that tell which map a result is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NameKind {
    /// Network.
    Network,
    /// CAM method, chain or baseline.
    Method,
    /// Layer.
    Layer,
}

impl NameKind {
    const ALL: [Self; 3] = [Self::Network, Self::Method, Self::Layer];

    /// The kind in words.
    pub fn word(self) -> &'static str {
        match self {
            Self::Network => "network",
            Self::Method => "method",
            Self::Layer => "layer",
        }
    }

    /// The place of the name in a [`MapPlace`].
    fn at(self) -> usize {
        self as usize
    }

    /// The names of a report without those of baselines.
    fn names(self, aggregates: &[Aggregate]) -> BTreeSet<&str> {
        let is_named = |a: &&Aggregate| &*a.network != BASELINE && self.name(a) != NO_LAYER;
        aggregates.iter().filter(is_named).map(|a| self.name(a)).collect()
    }

    fn name(self, aggregate: &Aggregate) -> &str {
        match self {
            Self::Network => &aggregate.network,
            Self::Method => &aggregate.method,
            Self::Layer => &aggregate.layer,
        }
    }
}

/// A name of another report that stands for a name of the first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NameMatch {
    /// Number of the other report, from 1.
    pub report: usize,
    /// Kind of the two names.
    pub kind: NameKind,
    /// Name in the first report.
    pub first: Arc<str>,
    /// Name in the other report.
    pub other: Arc<str>,
    /// `true` if the user stated it.
    pub is_declared: bool,
}

/// A declared name that no report has.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{name}` is no network, method or layer of {}; {} has: {}", place(*.is_first), place(*.is_first), known.join(", "))]
pub struct UnknownName {
    /// The name.
    pub name: String,
    /// `true` if the first report lacks it, `false` if all others do.
    pub is_first: bool,
    /// The names that there are.
    pub known: Vec<String>,
}

fn place(is_first: bool) -> &'static str {
    if is_first { "the first report" } else { "the other reports" }
}

/// The names that stand for each other in several reports.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NameMatches(Vec<NameMatch>);

impl NameMatches {
    /// The declared pairs (name in the first report, name in another), then those that are clear: a network for a network
    /// if each of two reports has exactly one that the other lacks, a method for a method and a layer for a layer if each
    /// has exactly one.
    ///
    /// # Errors
    /// A declared name that no report has.
    pub fn find(reports: &[&[Aggregate]], declared: &[(String, String)]) -> Result<Self, UnknownName> {
        let mut matches = Self::default();
        let Some((first, others)) = reports.split_first() else { return Ok(matches) };
        for (own, other) in declared {
            matches.declare(first, others, own, other)?;
        }
        for (report, other) in others.iter().enumerate() {
            for kind in NameKind::ALL {
                matches.guess(kind, first, other, report + 1);
            }
        }
        Ok(matches)
    }

    fn declare(
        &mut self,
        first: &[Aggregate],
        others: &[&[Aggregate]],
        own: &str,
        other: &str,
    ) -> Result<(), UnknownName> {
        let unknown = |name: &str, is_first: bool, reports: &[&[Aggregate]]| {
            let names = NameKind::ALL.into_iter().flat_map(|kind| {
                reports.iter().flat_map(move |all| kind.names(all)).collect::<BTreeSet<_>>()
            });
            UnknownName { name: name.to_owned(), is_first, known: names.map(str::to_owned).collect() }
        };
        let kinds: Vec<NameKind> =
            NameKind::ALL.into_iter().filter(|kind| kind.names(first).contains(own)).collect();
        if kinds.is_empty() {
            return Err(unknown(own, true, &[first]));
        }
        let before = self.0.len();
        for (report, all) in others.iter().enumerate() {
            if let Some(kind) = kinds.iter().find(|kind| kind.names(all).contains(other)) {
                self.0.push(NameMatch {
                    report: report + 1,
                    kind: *kind,
                    first: own.into(),
                    other: other.into(),
                    is_declared: true,
                });
            }
        }
        if self.0.len() == before { Err(unknown(other, false, others)) } else { Ok(()) }
    }

    fn guess(&mut self, kind: NameKind, first: &[Aggregate], other: &[Aggregate], report: usize) {
        if self.0.iter().any(|known| known.report == report && known.kind == kind) {
            return;
        }
        let (mut own, mut others) = (kind.names(first), kind.names(other));
        if kind == NameKind::Network {
            let shared: Vec<&str> = own.intersection(&others).copied().collect();
            for name in shared {
                own.remove(name);
                others.remove(name);
            }
        }
        if let (Some(own), 1, Some(other), 1) = (own.first(), own.len(), others.first(), others.len())
            && own != other
        {
            let (first, other) = ((*own).into(), (*other).into());
            self.0.push(NameMatch { report, kind, first, other, is_declared: false });
        }
    }

    /// The matches, report after report.
    pub fn all(&self) -> &[NameMatch] {
        &self.0
    }

    /// A map of a report under the names of the first; `None` if a match gives its name to another map.
    pub(super) fn in_first(&self, report: usize, place: &MapPlace) -> Option<MapPlace> {
        let mut place = place.clone();
        if &*place[NameKind::Network.at()] == BASELINE {
            return Some(place);
        }
        for kind in NameKind::ALL {
            let name = &place[kind.at()];
            let of_kind = || self.0.iter().filter(|known| known.report == report && known.kind == kind);
            if let Some(known) = of_kind().find(|known| known.other == *name) {
                place[kind.at()] = Arc::clone(&known.first);
            } else if of_kind().any(|known| known.first == *name) {
                return None;
            }
        }
        Some(place)
    }

    /// The name in another report of a network of the first.
    pub fn network_of(&self, report: usize, first: &str) -> Option<&str> {
        let is = |known: &&NameMatch| known.report == report && known.kind == NameKind::Network;
        self.0.iter().filter(is).find(|known| &*known.first == first).map(|known| &*known.other)
    }
}
