use std::cmp::Ordering;

use super::column::RunColumn;
use super::condition::RowCondition;
use super::expression::FieldValue;
use super::listing::{ListColumn, ListedRow, RunListing};

/// The rows of a list, and their order.
#[derive(Debug, Default)]
pub struct ListQuery {
    /// The condition on the rows; `None` for all.
    pub condition: Option<RowCondition>,
    /// The column that they are sorted by; `None`: start of the run, the latest first.
    pub sort: Option<ListColumn>,
    /// `true` to reverse the order; rows without a value stay at the end.
    pub reverse: bool,
    /// `true` for every row, not the best of each run.
    pub all: bool,
    /// Number of rows, at most.
    pub limit: Option<usize>,
}

impl RunListing {
    /// The rows that a query asks for.
    ///
    /// The best row of a run is that with the best value of the metric that is sorted by, otherwise of the first metric (at the
    /// threshold of validation images where there is one) of
    /// its report with a value in one of the matching rows; baselines count where no other row matches. Sorted are metrics
    /// from the best value on, starts from the latest, everything else ascending; rows without a value come last, and
    /// equal ones keep the order of the folders' names and of the reports.
    pub fn select(&self, query: &ListQuery) -> Vec<ListedRow> {
        let started = ListColumn::Run(RunColumn::Started);
        let sort = query.sort.as_ref().unwrap_or(&started);
        let mut rows: Vec<ListedRow> = Vec::new();
        for report in 0..self.reports().len() {
            let mut found = self.rows(report);
            if let Some(condition) = &query.condition {
                found.retain(|row| condition.holds(self, row));
            }
            match query.all {
                true => rows.append(&mut found),
                false => rows.extend(self.best(&found, sort)),
            }
        }
        let mut keyed: Vec<(Option<FieldValue<'_>>, ListedRow)> =
            rows.into_iter().map(|row| (self.field(&row, sort), row)).collect();
        let descends = match sort {
            ListColumn::Metric(metric) => self.metrics().get(*metric).is_some_and(|metric| metric.higher),
            other => *other == started,
        };
        let descends = descends != query.reverse;
        keyed.sort_by(|(one, _), (other, _)| match (one, other) {
            (None, None) => Ordering::Equal,
            (None, Some(_)) => Ordering::Greater,
            (Some(_), None) => Ordering::Less,
            (Some(one), Some(other)) if descends => order(other, one),
            (Some(one), Some(other)) => order(one, other),
        });
        keyed.truncate(query.limit.unwrap_or(usize::MAX));
        keyed.into_iter().map(|(_, row)| row).collect()
    }

    /// All rows of a report; one without results for a report that has none.
    fn rows(&self, report: usize) -> Vec<ListedRow> {
        let count = self.reports()[report].facts.as_ref().map_or(0, |facts| facts.rows.len());
        match count {
            0 => vec![ListedRow { report, row: None }],
            count => (0..count).map(|row| ListedRow { report, row: Some(row) }).collect(),
        }
    }

    /// The best of the matching rows of one report.
    fn best(&self, rows: &[ListedRow], sort: &ListColumn) -> Option<ListedRow> {
        let first = rows.first()?;
        let Ok(facts) = &self.reports()[first.report].facts else { return Some(*first) };
        let baseline = |row: &&ListedRow| {
            row.row.and_then(|row| facts.rows.get(row)).is_some_and(|result| result.baseline)
        };
        let mut candidates: Vec<&ListedRow> = rows.iter().filter(|row| !baseline(row)).collect();
        if candidates.is_empty() {
            candidates = rows.iter().collect();
        }
        let number = |row: &ListedRow, metric: &ListColumn| match self.field(row, metric) {
            Some(FieldValue::Number(number)) => Some(number),
            _ => None,
        };
        // A metric at the threshold that validation images choose, where there is one, ranks before its own.
        let names = facts
            .metrics
            .iter()
            .flat_map(|metric| [camlab_frame::at_val_threshold(&metric.name), metric.name.clone()]);
        let own = names.filter_map(|name| {
            self.metrics().iter().position(|known| known.name == name).map(ListColumn::Metric)
        });
        let sorted_by = Some(sort.clone()).filter(|sort| matches!(sort, ListColumn::Metric(_)));
        let metric = sorted_by
            .into_iter()
            .chain(own)
            .find(|metric| candidates.iter().any(|row| number(row, metric).is_some()));
        let Some(metric) = metric else { return candidates.first().map(|row| **row) };
        let higher = match &metric {
            ListColumn::Metric(place) => self.metrics()[*place].higher,
            _ => true,
        };
        let mut best: Option<(f64, ListedRow)> = None;
        for row in candidates {
            let Some(value) = number(row, &metric) else { continue };
            let better = best.is_none_or(|(known, _)| if higher { value > known } else { value < known });
            if better {
                best = Some((value, *row));
            }
        }
        best.map(|(_, row)| row)
    }
}

/// The order of two values of a column; numbers before texts.
fn order(one: &FieldValue<'_>, other: &FieldValue<'_>) -> Ordering {
    let rank = |value: &FieldValue<'_>| match value {
        FieldValue::Number(_) => 0,
        FieldValue::Truth(_) => 1,
        FieldValue::Text(_) | FieldValue::Prefix(_) | FieldValue::Either(..) => 2,
        FieldValue::Texts(_) => 3,
    };
    match (one, other) {
        (FieldValue::Number(one), FieldValue::Number(other)) => one.total_cmp(other),
        (FieldValue::Truth(one), FieldValue::Truth(other)) => one.cmp(other),
        (FieldValue::Texts(one), FieldValue::Texts(other)) => one.cmp(other),
        _ => rank(one).cmp(&rank(other)).then_with(|| text(one).cmp(text(other))),
    }
}

fn text<'a>(value: &FieldValue<'a>) -> &'a str {
    match value {
        FieldValue::Text(text) | FieldValue::Prefix(text) | FieldValue::Either(text, _) => text,
        _ => "",
    }
}

#[cfg(test)]
mod tests;
