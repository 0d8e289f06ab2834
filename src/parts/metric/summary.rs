use super::maximum::ResampledMaxima;
use super::{
    AccuracyCurves, Bootstrap, Contours, Estimator, ImageColumns, Measure, MetricScore, MetricSpec,
    ThresholdSource,
};

/// Computes all metrics on `rows`, with bootstrap intervals. A maximum over map thresholds is higher than that of all
/// images would be; its interval is for the latter ([`camlab_statistics::CurveDraws::estimate`]) and may lie below the
/// value. A measure at a threshold of the evaluated images is followed by the same at the thresholds that other images
/// chose ([`ImageColumns::chosen`]). Measures without a value are left out.
pub fn summarise(specs: &[MetricSpec], rows: &ImageColumns, bootstrap: Bootstrap) -> Vec<MetricScore> {
    let panel = MetricPanel::new(specs, rows);
    let resampled = bootstrap.resamples > 0 && rows.len() > 1;
    let mut maxima = resampled.then(|| ResampledMaxima::new(panel.maxima(), rows.len()));
    let mut drawn = false;
    let mut scores = panel.scores(panel.counts(), rows, bootstrap, |weights| {
        // The first call has every image once.
        if std::mem::replace(&mut drawn, true)
            && let Some(maxima) = &mut maxima
        {
            maxima.push(weights);
        }
        panel.values(weights)
    });
    for (place, interval) in maxima.iter().flat_map(|maxima| maxima.intervals(1.0 - bootstrap.confidence)) {
        if let Some(score) = scores.iter_mut().find(|score| score.measure == panel.measures[place]) {
            (score.ci_low, score.ci_high) = (Some(interval.low), Some(interval.high));
        }
    }
    scores
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
    Some(panel.scores(counts, rows, bootstrap, |weights| {
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
        let metric = spec.metric();
        metric.measures().into_iter().enumerate().find_map(|(place, measure)| {
            let of = |estimator: Box<dyn Estimator>| estimator.images().into_iter().nth(place);
            if measure.name == name {
                return Some((measure, of(metric.estimator(rows))?));
            }
            rows.chosen.iter().find_map(|(source, levels)| {
                let chosen = measure.chosen_by(*source).filter(|chosen| chosen.name == name)?;
                Some((chosen, of(metric.at_levels(rows, levels)?)?))
            })
        })
    })
}

/// The name of the measure by which a comparison on `name` is judged: at the thresholds of the validation images where
/// there are such; `max-box-acc@oracle` asks for those of the evaluated images.
pub fn judged_name(specs: &[MetricSpec], rows: &ImageColumns, name: &str) -> String {
    let oracle = ThresholdSource::Oracle.name();
    if let Some(plain) = name.strip_suffix(oracle).and_then(|name| name.strip_suffix(['@', ','])) {
        return plain.to_owned();
    }
    let val = rows.chosen.iter().find(|(source, _)| *source == ThresholdSource::Val);
    let honest = val.and_then(|(source, levels)| {
        let metrics = specs.iter().map(MetricSpec::metric);
        metrics.into_iter().find_map(|metric| {
            let measure = metric.measures().into_iter().find(|measure| measure.name == name)?;
            metric.at_levels(rows, levels).and_then(|_| measure.chosen_by(*source))
        })
    });
    honest.map_or_else(|| name.to_owned(), |measure| measure.name)
}

/// The contours and minimum IoUs for which metrics need a chosen map threshold.
pub fn chosen_boxes(specs: &[MetricSpec]) -> Vec<(Contours, f64)> {
    let mut found = Vec::new();
    for metric in specs.iter().map(MetricSpec::metric) {
        if metric.measures().iter().any(|measure| measure.threshold.is_some()) {
            found.extend(
                metric.boxes().into_iter().filter(|asked| !found.contains(asked)).collect::<Vec<_>>(),
            );
        }
    }
    found
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
pub(super) struct MetricPanel {
    pub(super) measures: Vec<Measure>,
    estimators: Vec<Box<dyn Estimator>>,
    /// For each measure its place among the values of all estimators.
    places: Vec<usize>,
}

impl MetricPanel {
    pub(super) fn new(specs: &[MetricSpec], rows: &ImageColumns) -> Self {
        let mut panel = Self { measures: Vec::new(), estimators: Vec::new(), places: Vec::new() };
        let mut values = 0;
        for metric in specs.iter().map(MetricSpec::metric) {
            let own = metric.measures();
            let elsewhere: Vec<_> = rows
                .chosen
                .iter()
                .filter_map(|(source, levels)| Some((*source, metric.at_levels(rows, levels)?)))
                .collect();
            for (place, measure) in own.iter().enumerate() {
                panel.measures.push(measure.clone());
                panel.places.push(values + place);
                for (at, (source, _)) in elsewhere.iter().enumerate() {
                    if let Some(chosen) = measure.chosen_by(*source) {
                        panel.measures.push(chosen);
                        panel.places.push(values + (at + 1) * own.len() + place);
                    }
                }
            }
            values += (1 + elsewhere.len()) * own.len();
            panel.estimators.push(metric.estimator(rows));
            panel.estimators.extend(elsewhere.into_iter().map(|(_, estimator)| estimator));
        }
        panel
    }

    fn values(&self, weights: &[u32]) -> Vec<Option<f64>> {
        self.ordered(self.estimators.iter().flat_map(|estimator| estimator.values(weights)).collect())
    }

    /// Values for one class, whose images have 1 in `own`.
    pub(super) fn of_class(&self, class: usize, own: &[u32]) -> Vec<Option<f64>> {
        self.ordered(self.estimators.iter().flat_map(|estimator| estimator.of_class(class, own)).collect())
    }

    /// For each measure that is a mean over images, `true` for the images that have a value.
    pub(super) fn known(&self) -> Vec<Option<Vec<bool>>> {
        let of = |estimator: &dyn Estimator| -> Vec<Option<Vec<bool>>> {
            let columns = estimator.images().into_iter();
            let mut all: Vec<_> =
                columns.map(|column| Some(column.iter().map(Option::is_some).collect())).collect();
            all.resize(estimator.counts().len(), None);
            all
        };
        let all: Vec<Option<Vec<bool>>> =
            self.estimators.iter().flat_map(|estimator| of(estimator.as_ref())).collect();
        self.places.iter().map(|place| all[*place].clone()).collect()
    }

    fn counts(&self) -> Vec<usize> {
        self.ordered(self.estimators.iter().flat_map(|estimator| estimator.counts()).collect())
    }

    /// For each measure the curves whose maximum it is.
    fn maxima(&self) -> Vec<Option<AccuracyCurves>> {
        let of = |estimator: &dyn Estimator| -> Vec<Option<AccuracyCurves>> {
            let mut all: Vec<_> = estimator.maxima().into_iter().map(Some).collect();
            all.resize(estimator.counts().len(), None);
            all
        };
        let all: Vec<Option<AccuracyCurves>> =
            self.estimators.iter().flat_map(|estimator| of(estimator.as_ref())).collect();
        self.places.iter().map(|place| all[*place].clone()).collect()
    }

    /// The values of all estimators in the order of the measures.
    fn ordered<T: Copy>(&self, all: Vec<T>) -> Vec<T> {
        self.places.iter().map(|place| all[*place]).collect()
    }

    fn scores(
        &self,
        counts: Vec<usize>,
        rows: &ImageColumns,
        bootstrap: Bootstrap,
        mut statistics: impl FnMut(&[u32]) -> Vec<Option<f64>>,
    ) -> Vec<MetricScore> {
        let values = statistics(&vec![1; rows.len()]);
        let mut intervals = bootstrap.clustered(rows.clusters().as_ref(), rows.len(), statistics);
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
