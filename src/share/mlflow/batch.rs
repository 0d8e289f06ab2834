use serde_json::{Value, json};

/// Limits of one `runs/log-batch`, from `mlflow/utils/validation.py`: number of metrics, of parameters, of tags.
const METRICS: usize = 1000;
const PARAMETERS: usize = 100;
const TAGS: usize = 100;
/// Largest list of a request in bytes; the whole request may have 1,000,000.
const BYTES: usize = 900_000;

/// The bodies of the `runs/log-batch` requests that log everything; each holds entries of one kind.
pub(super) fn batches(
    run: &str,
    metrics: Vec<Value>,
    parameters: Vec<Value>,
    tags: Vec<Value>,
) -> Vec<Value> {
    let mut bodies = Vec::new();
    for (kind, entries, most) in
        [("params", parameters, PARAMETERS), ("tags", tags, TAGS), ("metrics", metrics, METRICS)]
    {
        for entries in split(entries, most) {
            bodies.push(json!({ "run_id": run, kind: entries }));
        }
    }
    bodies
}

/// The entries in order, in lists of at most `most` and of at most [`BYTES`] of JSON.
fn split(entries: Vec<Value>, most: usize) -> Vec<Vec<Value>> {
    let (mut lists, mut list, mut bytes) = (Vec::new(), Vec::new(), 0);
    for entry in entries {
        let more = entry.to_string().len() + 1;
        if !list.is_empty() && (list.len() == most || bytes + more > BYTES) {
            lists.push(std::mem::take(&mut list));
            bytes = 0;
        }
        bytes += more;
        list.push(entry);
    }
    if !list.is_empty() {
        lists.push(list);
    }
    lists
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entries(count: usize, length: usize) -> Vec<Value> {
        (0..count).map(|at| json!({ "key": at.to_string(), "value": "v".repeat(length) })).collect()
    }

    #[test]
    fn batches_keep_the_limits_and_lose_nothing() {
        for (metrics, parameters, tags, length) in
            [(0, 0, 0, 1), (1000, 100, 100, 1), (1001, 101, 205, 6000), (2500, 0, 1, 400), (3, 199, 0, 8000)]
        {
            let made =
                batches("r", entries(metrics, length), entries(parameters, length), entries(tags, length));
            let mut found = [0; 3];
            for body in &made {
                assert!(body.to_string().len() < 1_000_000);
                let counts =
                    ["metrics", "params", "tags"].map(|kind| body[kind].as_array().map_or(0, Vec::len));
                assert!(counts[0] <= METRICS && counts[1] <= PARAMETERS && counts[2] <= TAGS, "{counts:?}");
                assert!(counts.iter().sum::<usize>() > 0);
                for (sum, count) in found.iter_mut().zip(counts) {
                    *sum += count;
                }
            }
            assert_eq!(found, [metrics, parameters, tags]);
        }
    }

    #[test]
    fn order_is_kept() {
        let made = batches("r", entries(2345, 1), vec![], vec![]);
        let keys: Vec<&str> = made
            .iter()
            .flat_map(|body| body["metrics"].as_array().unwrap())
            .map(|entry| entry["key"].as_str().unwrap())
            .collect();
        assert_eq!(keys, (0..2345).map(|at| at.to_string()).collect::<Vec<_>>());
    }
}
