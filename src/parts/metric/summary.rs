use super::{Bootstrap, Estimator, ImageColumns, Measure, MetricScore, MetricSpec};

/// Computes all metrics on `rows`, with bootstrap intervals. Thresholds chosen on the images are chosen again in each
/// resample. Measures without a value are left out.
pub fn summarise(specs: &[MetricSpec], rows: &ImageColumns, bootstrap: Bootstrap) -> Vec<MetricScore> {
    let panel = MetricPanel::new(specs, rows);
    panel.scores(panel.counts(), rows.len(), bootstrap, |weights| panel.values(weights))
}

/// Paired differences of all metrics, `rows` minus `baseline`; both must have the same images in the same order. Both
/// use the same resamples, so that variation shared by the two cancels. Measures without a value on either side are
/// left out; `None` if the numbers of images differ.
pub fn differences(
    specs: &[MetricSpec],
    rows: &ImageColumns,
    baseline: &ImageColumns,
    bootstrap: Bootstrap,
) -> Option<Vec<MetricScore>> {
    if rows.len() != baseline.len() {
        return None;
    }
    let (panel, other) = (MetricPanel::new(specs, rows), MetricPanel::new(specs, baseline));
    let counts = panel.counts().into_iter().zip(other.counts()).map(|(a, b)| a.min(b)).collect();
    Some(panel.scores(counts, rows.len(), bootstrap, |weights| {
        let pairs = panel.values(weights).into_iter().zip(other.values(weights));
        pairs.map(|(ours, theirs)| Some(ours? - theirs?)).collect()
    }))
}

/// The measure called `name` with each image's contribution to it; `None` if no metric of `specs` has that measure or
/// it is not a mean over images.
pub fn per_image(
    specs: &[MetricSpec],
    rows: &ImageColumns,
    name: &str,
) -> Option<(Measure, Vec<Option<f64>>)> {
    specs.iter().find_map(|spec| {
        let measures = spec.metric().measures();
        let place = measures.iter().position(|measure| measure.name == name)?;
        let found = spec.metric().estimator(rows).images().into_iter().nth(place)?;
        Some((measures[place].clone(), found))
    })
}

/// Thresholds of `tpr` and `fpr` that [`ImageColumns::rates`] must hold, ascending.
pub fn rate_thresholds(specs: &[MetricSpec]) -> Vec<f32> {
    let mut thresholds: Vec<f32> =
        specs.iter().flat_map(|spec| spec.metric().thresholds()).copied().collect();
    thresholds.sort_unstable_by(f32::total_cmp);
    thresholds.dedup();
    thresholds
}

/// Several metrics on the same images.
struct MetricPanel {
    measures: Vec<Measure>,
    estimators: Vec<Box<dyn Estimator>>,
}

impl MetricPanel {
    fn new(specs: &[MetricSpec], rows: &ImageColumns) -> Self {
        Self {
            measures: specs.iter().flat_map(|spec| spec.metric().measures()).collect(),
            estimators: specs.iter().map(|spec| spec.metric().estimator(rows)).collect(),
        }
    }

    fn values(&self, weights: &[u32]) -> Vec<Option<f64>> {
        self.estimators.iter().flat_map(|estimator| estimator.values(weights)).collect()
    }

    fn counts(&self) -> Vec<usize> {
        self.estimators.iter().flat_map(|estimator| estimator.counts()).collect()
    }

    fn scores(
        &self,
        counts: Vec<usize>,
        images: usize,
        bootstrap: Bootstrap,
        statistics: impl Fn(&[u32]) -> Vec<Option<f64>>,
    ) -> Vec<MetricScore> {
        let values = statistics(&vec![1; images]);
        let mut intervals = bootstrap.intervals(images, statistics);
        intervals.resize(values.len(), None);
        let all = self.measures.iter().zip(values).zip(intervals).zip(counts);
        all.filter_map(|(((measure, value), interval), n)| {
            let interval = interval.filter(|_| n > 1);
            Some(MetricScore {
                measure: measure.clone(),
                value: value?,
                ci_low: interval.map(|(low, _)| low),
                ci_high: interval.map(|(_, high)| high),
                n,
            })
        })
        .collect()
    }
}

/// IoUs at which box accuracy is reported: those of `max-box-acc-v2`, or its defaults if it is not requested.
pub fn deltas(specs: &[MetricSpec]) -> Vec<f64> {
    let asked = specs.iter().find_map(|spec| spec.metric().ious().map(<[f64]>::to_vec));
    asked.unwrap_or_else(|| super::MaxBoxAccV2::default().ious)
}
