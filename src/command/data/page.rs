//! Content of the page of a check.

use camlab::base::counted;
use camlab::data::check::{CheckedSplit, DataCheck, FoundKind, Severity};
use camlab::report::{CheckedKind, CheckedPicture, ClassBalance, DataCheckPage};

use super::pictures::thumbnail;
use super::text::{finding_cells, in_split, split_table, verdict};

/// Number of findings of a kind with a picture.
const PICTURES: usize = 12;

/// Collects what the page shows; decodes the images of the first findings again.
pub(super) fn page(
    title: &str,
    splits: &[CheckedSplit],
    found: &DataCheck,
    sample: Vec<CheckedPicture>,
) -> anyhow::Result<DataCheckPage> {
    let images: usize = found.splits.iter().map(|split| split.images).sum();
    let mut facts = vec![("images".to_string(), images.to_string())];
    facts.extend(Severity::ALL.map(|severity| {
        let count = found.count(severity);
        let plural = if count == 1 { "" } else { "s" };
        (format!("{}{plural}", severity.name()), count.to_string())
    }));
    let kinds = found.kinds.iter().map(|kind| checked_kind(splits, kind));
    let classes = splits.iter().zip(&found.splits).map(|(split, summary)| ClassBalance {
        split: split.name.clone(),
        counts: summary.classes.iter().cloned().zip(summary.class_counts.iter().copied()).collect(),
    });
    Ok(DataCheckPage {
        title: title.to_string(),
        verdict: verdict(found),
        alarming: found.count(Severity::Error) > 0,
        facts,
        splits: split_table(splits, found),
        kinds: kinds.collect::<Result<_, _>>()?,
        classes: classes.collect(),
        sample,
    })
}

fn checked_kind(splits: &[CheckedSplit], found: &FoundKind) -> anyhow::Result<CheckedKind> {
    let mut pictures = Vec::new();
    for example in found.examples.iter().take(PICTURES) {
        let Some(image) = example.image else { continue };
        let places = std::iter::once((example.split, image)).chain(example.other);
        for (at, place) in places.enumerate() {
            let Some(small) = thumbnail(splits, place) else { continue };
            let name = in_split(splits, place);
            let values = Some(&example.detail).filter(|detail| at == 0 && !detail.is_empty());
            let caption = std::iter::once(name).chain(values.cloned()).collect();
            pictures.push(CheckedPicture { image: small, caption }.shown()?);
        }
    }
    Ok(CheckedKind {
        severity: found.severity.name().to_string(),
        name: found.kind.name().to_string(),
        about: found.kind.about().to_string(),
        count: counted(found.count, "finding"),
        examples: found.examples.iter().map(|example| finding_cells(splits, example)).collect(),
        hidden: found.count - found.examples.len(),
        pictures,
    })
}
