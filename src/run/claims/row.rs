//! The rows of `claims.parquet`.

use camlab_config::Claim;
use camlab_frame::{ClaimRow, FEW_IMAGES, Finding, TestedScope};
use camlab_parts::metric::{Measure, TruthKind};
use camlab_plan::claims::DeclaredMap;
use camlab_statistics::{self as statistics, ClaimScope, PairedDifference};

use super::judged::JudgedNetwork;
use super::paired::PairedTest;

/// Significance level of corrected p values.
const LEVEL: f64 = 0.05;

/// The row of a claim, and where it stands among the others.
pub(super) struct ClaimTest {
    /// Index of the configuration and position of the claim; claims across configurations are of that of `better`.
    pub(super) order: (usize, usize),
    pub(super) row: ClaimRow,
    pub(super) found: Option<PairedDifference>,
}

/// Multiple of the accuracy of guessing below which a network's maps tell nothing about a claim.
const LEAST_OF_CHANCE: f64 = 2.0;

/// The row of a claim before p values are corrected, and its difference. Pairs are of `better` and `than`.
pub(super) fn row(
    claim: &Claim,
    configurations: [String; 2],
    labels: [String; 2],
    maps: [&DeclaredMap; 2],
    tested: Option<PairedTest>,
) -> (ClaimRow, Option<PairedDifference>) {
    let (measure, found, networks, different_networks) = match tested {
        Some(PairedTest { measure, found, networks, different_networks }) => {
            (measure, found, networks, different_networks)
        }
        None => (None, None, [None, None], false),
    };
    let unit = measure.as_ref().map_or("", |measure| measure.unit);
    // A metric of labels alone measures the classification, that of a network near chance too.
    let of_maps = measure.as_ref().is_none_or(|measure| measure.truth != TruthKind::Labels);
    let guesses = of_maps && networks.iter().flatten().any(is_near_chance);
    let [configuration, than_configuration] = configurations;
    let [better, than] = labels;
    let [one, other] = networks;
    let top1 = |network: &Option<JudgedNetwork>| network.as_ref().and_then(|network| network.top1);
    let chance = |network: &Option<JudgedNetwork>| network.as_ref().and_then(|network| network.chance);
    let (better_top1, than_top1) = (top1(&one), top1(&other));
    let (better_chance, than_chance) = (chance(&one), chance(&other));
    let origin = |network: Option<JudgedNetwork>| network.map_or_else(String::new, |network| network.origin);
    let row = ClaimRow {
        statement: claim.statement.clone().unwrap_or_default(),
        configuration,
        than_configuration,
        better,
        than,
        better_network: maps[0].network.clone(),
        than_network: maps[1].network.clone(),
        better_origin: origin(one),
        than_origin: origin(other),
        metric: measure.as_ref().map_or(&claim.metric, |measure| told(claim, measure)).clone(),
        unit: if unit == "%" { "points".to_owned() } else { unit.to_owned() },
        contrast: claim.better_contrast().to_owned(),
        than_contrast: claim.than_contrast().to_owned(),
        different_networks,
        better_top1,
        than_top1,
        better_chance,
        than_chance,
        difference: found.map(|found| found.mean),
        scope: TestedScope::Untested,
        low: None,
        high: None,
        p: None,
        p_holm: None,
        effect: found.map(|found| found.effect),
        better_share: found.map(|found| found.better),
        worse_share: found.map(|found| found.worse),
        detectable: None,
        images: found.map_or(0, |found| found.images as u32),
        seeds: found.map_or(0, |found| found.seeds as u32),
        finding: match found {
            None => Finding::Missing,
            Some(_) if guesses => Finding::NearChance,
            Some(found) if found.images < FEW_IMAGES => Finding::TooFew,
            Some(_) => Finding::Open,
        },
    };
    (row, found)
}

/// `true` for a network whose top-1 accuracy is under twice that of guessing.
fn is_near_chance(network: &JudgedNetwork) -> bool {
    network.top1.zip(network.chance).is_some_and(|(top1, chance)| top1 < LEAST_OF_CHANCE * chance)
}

/// The name of the measure that a claim is judged by; that of the file if it asks for the oracle's threshold.
fn told<'c>(claim: &'c Claim, measure: &'c Measure) -> &'c String {
    let asked = measure.asked_of_oracle().is_some_and(|asked| asked == claim.metric);
    if asked { &claim.metric } else { &measure.name }
}

/// Sets scopes, intervals and findings, with p values corrected for the number of testable claims.
pub(super) fn correct(tests: &mut [ClaimTest]) {
    let testable = |test: &ClaimTest| test.found.filter(|_| test.row.finding == Finding::Open);
    let family: Vec<PairedDifference> = tests.iter().filter_map(testable).collect();
    let mut corrected = statistics::corrected(&family, LEVEL).into_iter();
    for ClaimTest { row, found, .. } in tests {
        let Some(found) = found else { continue };
        let in_family = row.finding == Finding::Open;
        let alone = || statistics::corrected(&[*found], LEVEL).pop();
        let Some(tested) = (if in_family { corrected.next() } else { alone() }) else { continue };
        row.scope = match tested.scope {
            ClaimScope::Training => TestedScope::Training,
            ClaimScope::Networks => TestedScope::Networks,
        };
        (row.low, row.high) = (Some(tested.interval.low), Some(tested.interval.high));
        row.p = (row.finding != Finding::NearChance).then_some(tested.p);
        if in_family {
            row.p_holm = Some(tested.corrected_p);
            row.detectable = Some(tested.detectable);
            row.finding = match (tested.corrected_p < LEVEL, found.mean > 0.0) {
                (true, true) => Finding::Supported,
                (true, false) => Finding::Contradicted,
                (false, _) => Finding::Open,
            };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use camlab_config::ClaimSide;
    use camlab_frame::UNCHANGED;
    use camlab_parts::metric::Direction;
    use camlab_statistics::paired_difference;

    /// 100 images with a mean of `mean` and a standard deviation over images of about 10.
    fn differences(mean: f64, images: usize) -> PairedDifference {
        let of_seed = |shift: f64| {
            (0..images).map(|at| mean + shift + if at % 2 == 0 { 10.0 } else { -10.0 }).collect()
        };
        paired_difference(&[of_seed(0.1), of_seed(0.0), of_seed(-0.1)]).unwrap()
    }

    fn claim(metric: &str) -> Claim {
        let side = |method: &str| ClaimSide {
            method: method.into(),
            layer: None,
            network: None,
            contrast: None,
            conditions: None,
        };
        Claim {
            statement: None,
            better: side("a"),
            than: side("b"),
            metric: metric.into(),
            contrast: UNCHANGED.into(),
        }
    }

    fn measure(name: &str, truth: TruthKind) -> Measure {
        Measure {
            name: name.into(),
            unit: "nats",
            direction: Direction::LowerIsBetter,
            truth,
            threshold: None,
        }
    }

    fn network(top1: f64, classes: usize) -> JudgedNetwork {
        JudgedNetwork {
            weights: None,
            origin: "initialisation: kaiming".into(),
            top1: Some(top1),
            chance: Some(100.0 / classes as f64),
        }
    }

    fn test(mean: f64, images: usize, truth: TruthKind, networks: [Option<JudgedNetwork>; 2]) -> ClaimTest {
        let found = (images > 0).then(|| differences(mean, images));
        let measure = Some(measure("kl", truth));
        let tested = PairedTest { measure, found, networks, different_networks: false };
        let map = DeclaredMap { network: "n".into(), method: "a".into(), layer: "l".into() };
        let base = || "base".to_owned();
        let labels = ["a".to_owned(), "b".to_owned()];
        let (row, found) = row(&claim("kl"), [base(), base()], labels, [&map, &map], Some(tested));
        ClaimTest { order: (0, 0), row, found }
    }

    #[test]
    fn findings_follow_the_corrected_p() {
        let tested = |mean, images| test(mean, images, TruthKind::Masks, [None, None]);
        let mut rows =
            vec![tested(5.0, 100), tested(-5.0, 100), tested(0.5, 100), tested(5.0, 12), tested(0.0, 0)];
        correct(&mut rows);
        let found: Vec<Finding> = rows.iter().map(|test| test.row.finding).collect();
        let wanted =
            [Finding::Supported, Finding::Contradicted, Finding::Open, Finding::TooFew, Finding::Missing];
        assert_eq!(found, wanted);
        // Three claims are testable.
        assert_eq!(rows[2].row.p_holm, rows[2].row.p);
        assert!(rows[0].row.p_holm > rows[0].row.p && rows[3].row.p_holm.is_none());
        assert_eq!((rows[0].row.unit.as_str(), rows[0].row.scope), ("nats", TestedScope::Training));
    }

    #[test]
    fn a_network_near_chance_decides_nothing_and_is_no_part_of_the_family() {
        // Ten classes: twice chance is 20 %.
        let skilled = || Some(network(20.0, 10));
        let guessing = || Some(network(19.9, 10));
        let mut rows = vec![
            test(5.0, 100, TruthKind::Masks, [skilled(), skilled()]),
            test(5.0, 100, TruthKind::Masks, [skilled(), guessing()]),
            test(5.0, 100, TruthKind::Masks, [guessing(), None]),
            // The metric is the classification itself.
            test(5.0, 100, TruthKind::Labels, [skilled(), guessing()]),
            test(5.0, 100, TruthKind::Masks, [None, None]),
        ];
        correct(&mut rows);
        let found: Vec<Finding> = rows.iter().map(|test| test.row.finding).collect();
        let near = Finding::NearChance;
        assert_eq!(found, [Finding::Supported, near, near, Finding::Supported, Finding::Supported]);
        for place in [1, 2] {
            let row = &rows[place].row;
            assert!(row.p.is_none() && row.p_holm.is_none() && row.detectable.is_none(), "{row:?}");
            assert!(row.difference.is_some() && row.low.is_some());
        }
        // The three others are equal, so that Holm's correction makes the smallest p three times as large.
        let (p, holm) = (rows[0].row.p.unwrap(), rows[0].row.p_holm.unwrap());
        assert!((holm - (3.0 * p).min(1.0)).abs() < 1e-12, "{p} became {holm}");
        assert_eq!((rows[1].row.than_top1, rows[1].row.than_chance), (Some(19.9), Some(10.0)));
    }
}
