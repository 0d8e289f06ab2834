use super::MetricSpec;

/// The metrics among `specs`, or whose numbers one of them reads, that measure numbers per image themselves: each once,
/// in the order of first use.
pub fn measuring(specs: &[MetricSpec]) -> Vec<MetricSpec> {
    let mut all = Vec::new();
    specs.iter().for_each(|spec| add(spec, &mut all));
    all
}

fn add(spec: &MetricSpec, all: &mut Vec<MetricSpec>) {
    let metric = spec.metric();
    if metric.measurement().is_some() && !all.contains(spec) {
        all.push(spec.clone());
    }
    metric.measured_by().iter().for_each(|other| add(other, all));
}
