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

/// Images whose boxes chose the map threshold of a box metric.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ThresholdSource {
    /// The evaluated images themselves, as the protocol has it (Choe et al. 2020): an upper bound that nobody without
    /// their boxes reaches.
    Oracle,
    /// The validation images by their true boxes.
    Val,
    /// Images with boxes that no person drew (Murtaza et al., arXiv 2404.10034).
    PseudoBoxes,
}

impl ThresholdSource {
    /// Every source, in the order of a table's columns.
    pub const ALL: [Self; 3] = [Self::Oracle, Self::Val, Self::PseudoBoxes];

    /// The word for it in frames and in names of measures; in TOML too, but for the oracle, which is not chosen there.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Oracle => "oracle",
            Self::Val => "val",
            Self::PseudoBoxes => "pseudo-boxes",
        }
    }
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
    /// Images that chose the map threshold; `None` if the number depends on no chosen threshold.
    pub threshold: Option<ThresholdSource>,
}

impl Measure {
    /// A percentage; higher is better.
    pub(super) fn percent(name: impl Into<String>, truth: TruthKind) -> Self {
        let (name, direction) = (name.into(), Direction::HigherIsBetter);
        Self { name, unit: "%", direction, truth, threshold: None }
    }

    /// A number of another unit or direction.
    pub(super) fn number(
        name: impl Into<String>,
        unit: &'static str,
        direction: Direction,
        truth: TruthKind,
    ) -> Self {
        Self { name: name.into(), unit, direction, truth, threshold: None }
    }

    /// A percentage of correct boxes at the threshold that is best on the evaluated images.
    pub(super) fn at_oracle(name: impl Into<String>) -> Self {
        let threshold = Some(ThresholdSource::Oracle);
        Self { threshold, ..Self::percent(name, TruthKind::Boxes) }
    }

    /// The name by which a comparison asks for the evaluated images' own threshold where it would use another:
    /// `max-box-acc@oracle`. `None` if the number depends on no chosen threshold.
    pub fn asked_of_oracle(&self) -> Option<String> {
        self.threshold?;
        Some(self.at(ThresholdSource::Oracle))
    }

    fn at(&self, source: ThresholdSource) -> String {
        let sign = if self.name.contains('@') { ',' } else { '@' };
        format!("{}{sign}{}", self.name, source.name())
    }

    /// The same number at the threshold that other images choose; its name ends with theirs: `max-box-acc@val`,
    /// `max-box-acc-v2@30,val`. `None` if the number depends on no chosen threshold.
    pub fn chosen_by(&self, source: ThresholdSource) -> Option<Self> {
        let oracle = self.threshold == Some(ThresholdSource::Oracle);
        let name = match source {
            ThresholdSource::Oracle => self.name.clone(),
            source => self.at(source),
        };
        oracle.then(|| Self { name, threshold: Some(source), ..self.clone() })
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
