use serde::Serialize;

/// Which way a number is good.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Direction {
    /// More is better.
    HigherIsBetter,
    /// Less is better.
    LowerIsBetter,
}

/// What a number is measured against.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum TruthKind {
    /// Boxes around the objects.
    Boxes,
    /// Masks of the objects; boxes filled in serve too.
    Masks,
    /// Class labels.
    Labels,
}

/// One number a metric gives: how it is called and read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Measure {
    /// The column's name: the metric's, with `@` and a parameter where there are several.
    pub name: String,
    /// `%` (values run from 0 to 100), `nats`, or empty for a plain number.
    pub unit: &'static str,
    /// Which way the number is good.
    pub direction: Direction,
    /// What the number is measured against.
    pub truth: TruthKind,
}

impl Measure {
    /// A percentage of which more is better.
    pub(super) fn percent(name: impl Into<String>, truth: TruthKind) -> Self {
        Self { name: name.into(), unit: "%", direction: Direction::HigherIsBetter, truth }
    }
}

/// A number with its uncertainty over the choice of images.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct MetricScore {
    /// What was measured.
    pub measure: Measure,
    /// The number on the images as they are, in the measure's unit.
    pub value: f64,
    /// The lower end of the bootstrap's confidence interval; `None` without resamples or with one image.
    pub ci_low: Option<f64>,
    /// The upper end of the bootstrap's confidence interval; `None` without resamples or with one image.
    pub ci_high: Option<f64>,
    /// How many images the number rests on.
    pub n: usize,
}
