use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::SharedText;

/// The places that content digests stand for: few for each stage, so that a list does. Serialised as a map.
#[derive(Debug, Clone, PartialEq)]
pub struct ContentPlaces<P>(Vec<(SharedText, P)>);

impl<P> Default for ContentPlaces<P> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<P> ContentPlaces<P> {
    /// Adds the place of a digest, unless it is known.
    pub fn insert(&mut self, digest: SharedText, place: P) {
        if self.get(&digest).is_none() {
            self.0.push((digest, place));
        }
    }

    /// The place of a digest.
    pub fn get(&self, digest: &str) -> Option<&P> {
        self.0.iter().find(|(known, _)| *known == *digest).map(|(_, place)| place)
    }

    /// `true` without any.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// All digests and places.
    pub fn iter(&self) -> impl Iterator<Item = (&SharedText, &P)> {
        self.0.iter().map(|(digest, place)| (digest, place))
    }
}

impl<P: Serialize> Serialize for ContentPlaces<P> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.iter())
    }
}

impl<'de, P: Deserialize<'de>> Deserialize<'de> for ContentPlaces<P> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let places = BTreeMap::<String, P>::deserialize(deserializer)?;
        Ok(Self(places.into_iter().map(|(digest, place)| (digest.into(), place)).collect()))
    }
}
