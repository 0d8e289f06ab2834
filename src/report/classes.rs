//! The headline metric class by class, methods side by side.

use std::cmp::Ordering;
use std::collections::HashMap;

use super::analysis::{Analysis, ShownMetric, distinct, is_at_val_threshold};
use super::fold::fold;
use super::format;
use super::section::Section;
use super::series::Series;
use super::table::{Heading, Table, TableEntry, TableLine};
use camlab_frame::{ClassRow, ClassValue, Direction, MapClasses, Row as _};

/// Networks at most.
const MOST_NETWORKS: usize = 6;
/// Methods of a network side by side at most.
const MOST_METHODS: usize = 8;
/// Classes that are all shown.
const FEW_CLASSES: usize = 20;
/// Worst and best classes of a network, if there are more.
const MOST_CLASSES: usize = 10;

/// The tables of the reference configuration; `None` without values class by class.
pub fn section(analysis: &Analysis<'_>) -> Option<Section> {
    let headline = analysis.headline.as_ref()?;
    let maps: HashMap<Series, &MapClasses> =
        analysis.frames.classes.iter().map(|found| (series(found), found)).collect();
    let own: Vec<&Series> = analysis.series.iter().filter(|series| maps.contains_key(series)).collect();
    let networks = distinct(own.iter().filter(|series| !series.is_baseline()).map(|series| &series.network));
    let (networks, hidden) = fold(networks, MOST_NETWORKS);
    let mut tables = Vec::new();
    for network in &networks {
        tables.extend(of_network(analysis, headline, network, &own, &maps));
    }
    tables.extend(precisions(analysis, &networks));
    if tables.is_empty() {
        return None;
    }
    let mut note = format!(
        "{} of every method on the test images of each class alone, classes ordered by the network's best method; a class \
         of few images has an uncertain value.",
        headline.name
    );
    if !is_at_val_threshold(&headline.name) {
        note += " A box metric takes the map threshold that is best for the images of the class.";
    }
    note += &format!(" Marked: best method of a class. Every metric and class is in {}.", ClassRow::FILE);
    if !analysis.frames.precisions.is_empty() {
        note += " Average precision: of the network's probabilities of the class, over all images.";
    }
    if hidden > 0 {
        note += &format!(" Not shown: {}.", format::count(hidden, "network"));
    }
    if analysis.counts.1 > 1 {
        note += " Means over seeds.";
    }
    if analysis.configurations.len() > 1 {
        note += &format!(" Configuration: {}.", analysis.reference);
    }
    Some(Section { id: "classes", title: "Classes", note, figures: Vec::new(), tables })
}

fn series(found: &MapClasses) -> Series {
    let [network, method, layer] = &found.map;
    Series::new(network, method, layer)
}

/// The tables of one network: all of few classes, or the worst and the best.
fn of_network(
    analysis: &Analysis<'_>,
    headline: &ShownMetric,
    network: &str,
    all: &[&Series],
    maps: &HashMap<Series, &MapClasses>,
) -> Vec<Table> {
    let value = |series: &Series| analysis.find(&analysis.reference, series, &headline.name)?.value;
    let mut ranked: Vec<&Series> = all.iter().filter(|series| series.network == network).copied().collect();
    ranked.sort_by(|a, b| compared(headline, value(a), value(b)));
    ranked.truncate(MOST_METHODS);
    let Some(best) = ranked.first().copied() else { return Vec::new() };
    let shown: Vec<&Series> =
        all.iter().filter(|series| series.is_baseline() || ranked.contains(series)).copied().collect();
    let mut classes: Vec<&ClassValue> =
        maps.get(best).map_or_else(Vec::new, |found| found.classes.iter().collect());
    // The worst first; those without a value last.
    classes.sort_by(|a, b| match (a.value, b.value) {
        (Some(first), Some(second)) => headline.rank(second, first),
        (first, second) => second.is_some().cmp(&first.is_some()),
    });
    let table = |title: String, classes: &[&ClassValue]| Table {
        title,
        names: vec!["class"],
        headings: shown.iter().map(|series| heading(headline, series)).collect(),
        lines: classes.iter().map(|class| line(headline, class, &shown, maps)).collect(),
        ..Table::default()
    };
    let by = best.in_network();
    if classes.len() <= FEW_CLASSES {
        return vec![table(format!("{network}: classes by {by}, worst first"), &classes)];
    }
    let known: Vec<&ClassValue> = classes.into_iter().filter(|class| class.value.is_some()).collect();
    let most = MOST_CLASSES.min(known.len() / 2);
    let highest: Vec<&ClassValue> = known.iter().rev().take(most).copied().collect();
    vec![
        table(format!("{network}: worst classes by {by}"), &known[..most]),
        table(format!("{network}: best classes by {by}"), &highest),
    ]
}

/// Average precision of the classes, networks side by side; all of few classes, or the worst.
fn precisions(analysis: &Analysis<'_>, networks: &[String]) -> Option<Table> {
    let of = |network: &String| {
        // Whatever the map: the network's answers are the same.
        analysis.frames.precisions.iter().find(|found| *found.map[0] == **network)
    };
    let known: Vec<(&String, &MapClasses)> =
        networks.iter().filter_map(|network| Some((network, of(network)?))).collect();
    let value = |found: &MapClasses, class: u32| {
        let place = found.classes.binary_search_by_key(&class, |own| own.class).ok()?;
        found.classes[place].value
    };
    let mean = |class: &&ClassValue| {
        let all: Vec<f64> = known.iter().filter_map(|(_, found)| value(found, class.class)).collect();
        all.iter().sum::<f64>() / all.len().max(1) as f64
    };
    let mut classes: Vec<&ClassValue> = known.first()?.1.classes.iter().collect();
    classes.sort_by(|a, b| mean(a).total_cmp(&mean(b)));
    let title = match classes.len() > FEW_CLASSES {
        true => "Average precision of the worst classes",
        false => "Average precision, worst class first",
    };
    classes.truncate(FEW_CLASSES);
    let entry = |(_, found): &(&String, &MapClasses), class: u32| TableEntry {
        text: format::value(value(found, class), "%"),
        ..TableEntry::default()
    };
    let line = |class: &ClassValue| TableLine {
        names: vec![if class.name.is_empty() { class.class.to_string() } else { class.name.to_string() }],
        baseline: false,
        images: class.n,
        seeds: 1,
        entries: known.iter().map(|one| entry(one, class.class)).collect(),
    };
    let heading = |(network, _): &(&String, &MapClasses)| Heading {
        name: (*network).clone(),
        unit: "%".to_owned(),
        arrow: format::arrow(Direction::Higher),
    };
    Some(Table {
        title: title.to_owned(),
        names: vec!["class"],
        headings: known.iter().map(heading).collect(),
        lines: classes.into_iter().map(line).collect(),
        ..Table::default()
    })
}

fn compared(headline: &ShownMetric, first: Option<f64>, second: Option<f64>) -> Ordering {
    match (first, second) {
        (Some(first), Some(second)) => headline.rank(first, second),
        (first, second) => second.is_some().cmp(&first.is_some()),
    }
}

fn heading(headline: &ShownMetric, series: &Series) -> Heading {
    Heading {
        name: series.in_network(),
        unit: headline.unit.clone(),
        arrow: format::arrow(headline.direction),
    }
}

fn line(
    headline: &ShownMetric,
    class: &ClassValue,
    shown: &[&Series],
    maps: &HashMap<Series, &MapClasses>,
) -> TableLine {
    let found: Vec<Option<f64>> = shown
        .iter()
        .map(|series| {
            let classes = &maps.get(series)?.classes;
            let place = classes.binary_search_by_key(&class.class, |found| found.class).ok()?;
            classes[place].value
        })
        .collect();
    let methods = || shown.iter().zip(&found).filter(|(series, _)| !series.is_baseline());
    let values = || methods().filter_map(|(_, value)| *value);
    let best = values().reduce(|a, b| if headline.better(b, a) { b } else { a });
    let differ = values().any(|value| Some(value) != best);
    let entries = shown.iter().zip(&found).map(|(series, value)| TableEntry {
        text: format::value(*value, &headline.unit),
        best: differ && !series.is_baseline() && value.is_some() && *value == best,
        ..TableEntry::default()
    });
    let name = if class.name.is_empty() { class.class.to_string() } else { class.name.to_string() };
    TableLine { names: vec![name], baseline: false, images: class.n, seeds: 1, entries: entries.collect() }
}
