use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// `[prediction]`: classification from class maps (step A13 of the source article).
///
/// A softmax over the candidate classes at every pixel of the map's own grid gives class confidences; a threshold
/// splits each class's pixels into confident and other ones; the classes are ranked by the sums of their confident
/// pixels. No score or probability of the network enters the ranking, only the maps.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Prediction {
    /// Smallest confidences, in (0, 1], at which a pixel counts as confident for a class.
    pub thresholds: Vec<f64>,
    /// Candidate classes of every method: `"all"`, or a number N of at least 2 for the N classes that the network
    /// takes for most probable. A true class that is not among these cannot win. Every method but `cam` needs a
    /// pass per candidate and image.
    pub classes: CandidateClasses,
    /// Factor of the maps before the softmax over the classes, after all maps of an image are divided by the largest
    /// absolute value among them. `cam` keeps the unit of its maps, class scores.
    pub sharpness: f64,
    /// `cam`, at the layer that feeds the classifier, and any other method listed in a `[[maps]]`, at its layers.
    pub methods: Vec<String>,
}

impl Default for Prediction {
    fn default() -> Self {
        Self {
            thresholds: vec![0.5],
            classes: CandidateClasses::default(),
            sharpness: 10.0,
            methods: vec!["cam".into()],
        }
    }
}

/// The classes whose maps compete for an image.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum CandidateClasses {
    /// All classes.
    #[default]
    All,
    /// This many of the classes that the network takes for most probable.
    MostProbable(usize),
}

impl CandidateClasses {
    /// Smallest number of candidates: a softmax over one class says nothing.
    pub const FEWEST: usize = 2;

    /// Number of candidates among `classes` classes.
    ///
    /// # Errors
    /// A number larger than that of the classes.
    pub fn count(self, classes: usize) -> Result<usize, String> {
        match self {
            Self::All => Ok(classes),
            Self::MostProbable(count) if count <= classes => Ok(count),
            Self::MostProbable(count) => Err(format!(
                "prediction.classes = {count} is more than the {classes} classes; write classes = \"all\", or a number \
                 from {} to {classes}",
                Self::FEWEST
            )),
        }
    }
}

impl Serialize for CandidateClasses {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::All => serializer.serialize_str("all"),
            Self::MostProbable(count) => serializer.serialize_u64(*count as u64),
        }
    }
}

impl<'de> Deserialize<'de> for CandidateClasses {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged, expecting = "classes is \"all\" or a number of classes")]
        enum Written {
            Number(i64),
            Text(String),
        }
        let remedy = "write \"all\", or a number of at least 2 for the network's most probable classes";
        match Written::deserialize(deserializer)? {
            Written::Number(count) => usize::try_from(count)
                .map(Self::MostProbable)
                .map_err(|_| D::Error::custom(format!("classes = {count} is out of range; {remedy}"))),
            Written::Text(text) if text == "all" => Ok(Self::All),
            Written::Text(text) => {
                Err(D::Error::custom(format!("classes = \"{text}\" is no number of classes; {remedy}")))
            }
        }
    }
}

impl JsonSchema for CandidateClasses {
    fn schema_name() -> Cow<'static, str> {
        "CandidateClasses".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "The classes whose maps compete for an image: `\"all\"`, or a number of most probable ones.",
            "anyOf": [
                { "type": "string", "const": "all", "description": "All classes." },
                { "type": "integer", "minimum": Self::FEWEST },
            ],
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn candidates_are_all_classes_or_a_number_of_them() {
        let read = |text: &str| toml::from_str::<Prediction>(text).map(|prediction| prediction.classes);
        assert_eq!(read(""), Ok(CandidateClasses::All));
        assert_eq!(read("classes = \"all\""), Ok(CandidateClasses::All));
        assert_eq!(read("classes = 3"), Ok(CandidateClasses::MostProbable(3)));
        for wrong in ["classes = -1", "classes = \"some\""] {
            let told = read(wrong).unwrap_err().to_string();
            assert!(told.contains("write \"all\", or a number of at least 2"), "{told}");
        }
        for classes in [CandidateClasses::All, CandidateClasses::MostProbable(3)] {
            let prediction = Prediction { classes, ..Prediction::default() };
            assert_eq!(read(&toml::to_string(&prediction).unwrap()), Ok(classes));
        }
    }

    #[test]
    fn there_are_no_more_candidates_than_classes() {
        assert_eq!(CandidateClasses::All.count(10), Ok(10));
        assert_eq!(CandidateClasses::MostProbable(10).count(10), Ok(10));
        let told = CandidateClasses::MostProbable(11).count(10).unwrap_err();
        assert!(told.contains("prediction.classes = 11") && told.contains("from 2 to 10"), "{told}");
    }
}
