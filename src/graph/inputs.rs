use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::{SharedText, StageInput};

/// The inputs of a stage by their role; a role may have several, in order. Serialised as a map from roles to lists.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Inputs {
    /// Sorted by role.
    all: Vec<(SharedText, StageInput)>,
}

impl Inputs {
    /// No inputs.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds an input as the last of its role.
    pub fn push(&mut self, role: impl Into<SharedText>, input: StageInput) {
        let role = role.into();
        let place = self.all.partition_point(|(known, _)| *known <= role);
        self.all.insert(place, (role, input));
    }

    /// The inputs of a role, in order.
    pub fn get(&self, role: &str) -> impl Iterator<Item = &StageInput> {
        self.all.iter().filter(move |(known, _)| *known == *role).map(|(_, input)| input)
    }

    /// `true` if there is an input of this role.
    pub fn contains(&self, role: &str) -> bool {
        self.get(role).next().is_some()
    }

    /// All inputs, sorted by role.
    pub fn iter(&self) -> impl Iterator<Item = &StageInput> {
        self.all.iter().map(|(_, input)| input)
    }

    /// The roles, each once, sorted.
    pub fn roles(&self) -> Vec<&str> {
        let mut roles: Vec<&str> = self.all.iter().map(|(role, _)| role.as_str()).collect();
        roles.dedup();
        roles
    }
}

impl Serialize for Inputs {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let lists = self.all.chunk_by(|(one, _), (other, _)| one == other);
        serializer.collect_map(lists.map(|list| {
            let inputs: Vec<&StageInput> = list.iter().map(|(_, input)| input).collect();
            (&list[0].0, inputs)
        }))
    }
}

impl<'de> Deserialize<'de> for Inputs {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let lists = BTreeMap::<String, Vec<StageInput>>::deserialize(deserializer)?;
        let mut inputs = Self::new();
        for (role, list) in lists {
            let role = SharedText::from(role);
            list.into_iter().for_each(|input| inputs.push(role.clone(), input));
        }
        Ok(inputs)
    }
}
