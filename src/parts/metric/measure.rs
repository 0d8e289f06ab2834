use serde::Serialize;

/// Direction in which a measure improves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Direction {
    /// Higher is better.
    HigherIsBetter,
    /// Lower is better.
    LowerIsBetter,
}

/// Kind of ground truth that a measure needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum TruthKind {
    /// Bounding boxes.
    Boxes,
    /// Masks; filled boxes are used where there are none.
    Masks,
    /// Class labels.
    Labels,
    /// None: the number is measured on the network.
    None,
}

/// Description of one number that a metric returns.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Measure {
    /// Column name: the metric's name, followed by `@` and a parameter if the metric has several measures.
    pub name: String,
    /// `%` (values from 0 to 100), `nats`, or empty for a plain number.
    pub unit: &'static str,
    /// Direction in which the number improves.
    pub direction: Direction,
    /// Kind of ground truth the number needs.
    pub truth: TruthKind,
}

impl Measure {
    /// A percentage; higher is better.
    pub(super) fn percent(name: impl Into<String>, truth: TruthKind) -> Self {
        Self { name: name.into(), unit: "%", direction: Direction::HigherIsBetter, truth }
    }
}

/// Value of a measure with its bootstrap confidence interval over images.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct MetricScore {
    /// The measure.
    pub measure: Measure,
    /// Value on the images, in the measure's unit.
    pub value: f64,
    /// Lower end of the bootstrap's confidence interval; `None` without resamples or with one image.
    pub ci_low: Option<f64>,
    /// Upper end of the bootstrap's confidence interval; `None` without resamples or with one image.
    pub ci_high: Option<f64>,
    /// Number of images the value is computed from.
    pub n: usize,
}
