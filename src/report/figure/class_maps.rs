//! The final maps of the classes of gallery images (step A11): image, maps by rank, the target class marked.

use super::Figure;
use super::sheet::{ACCENT, Anchor, Sheet};
use super::tiles::{self, FOOT, GAP, HEAD, TRUE, TYPE};
use crate::analysis::{Analysis, distinct};
use crate::error::ReportError;
use crate::format;
use camlab_frame::{ClassMapRow, GalleryRow};
use camlab_raster::min_max;

/// Maximum number of images per figure.
const MOST_IMAGES: usize = 4;
/// Maximum number of classes per image.
const MOST: usize = 5;

/// One figure per chain and network of the reference configuration.
pub fn figures(analysis: &Analysis<'_>) -> Result<Vec<Figure>, ReportError> {
    let belongs = |row: &&ClassMapRow| analysis.belongs(&row.cell, row.seed, &analysis.reference);
    let rows: Vec<&ClassMapRow> = analysis.frames.class_maps.drawn.iter().filter(belongs).collect();
    let names: Vec<(String, String)> =
        rows.iter().map(|row| (row.chain.clone(), row.network.clone())).collect();
    let mut figures = Vec::new();
    for (chain, network) in distinct(&names) {
        let own: Vec<&ClassMapRow> =
            rows.iter().copied().filter(|row| row.chain == chain && row.network == network).collect();
        let case = |gallery| ClassMapCase::new(gallery, &own);
        let cases = tiles::cases(&analysis.frames.gallery, &chain, &network, MOST_IMAGES, case);
        if !cases.is_empty() {
            figures.push(figure(&chain, &network, &cases)?);
        }
    }
    Ok(figures)
}

fn figure(chain: &str, network: &str, cases: &[ClassMapCase<'_>]) -> Result<Figure, ReportError> {
    let tile = tiles::side(MOST + 1);
    let step = tile + GAP;
    let mut sheet = Sheet::new(HEAD + cases.len() as f64 * (tile + FOOT));
    let middle = |column: usize| column as f64 * step + tile / 2.0;
    let head = HEAD / 2.0;
    sheet.text("photograph", (middle(0), head), TYPE + 1.0, Anchor::Middle, true, 1.0);
    sheet.text("final maps of the classes, by rank", (step, head), TYPE + 1.0, Anchor::Start, true, 1.0);
    for (line, case) in cases.iter().enumerate() {
        let top = HEAD + line as f64 * (tile + FOOT);
        let place = |column: usize| (column as f64 * step, top);
        let photo_error = |source| ReportError::Photo { image: case.gallery.image.clone(), source };
        let photo = tiles::photo(case.gallery)?;
        let short = |text: &str| format::short(text, (tile / 5.6) as usize);
        let mut under = |column: usize, first: &str, second: &str, bold: bool| {
            let x = middle(column);
            sheet.text(&short(first), (x, top + tile + 9.0), TYPE, Anchor::Middle, bold, 1.0);
            sheet.text(&short(second), (x, top + tile + 20.0), TYPE, Anchor::Middle, false, 0.7);
        };
        let more = match case.hidden {
            0 => String::new(),
            hidden => format!("+ {hidden} not shown"),
        };
        under(0, &case.gallery.label_name, &more, true);
        for (at, row) in case.maps.iter().enumerate() {
            let first = match row.rank {
                Some(rank) => format!("{rank}. {}", row.class),
                None => row.class.clone(),
            };
            let percent = row.class_confidence.map(|confidence| format!("{:.0} %", 100.0 * confidence));
            let percent = percent.unwrap_or_else(|| format::MISSING.to_owned());
            let second = match row.rank {
                Some(_) => percent,
                None => format!("unranked · {percent}"),
            };
            under(at + 1, &first, &second, row.is_target);
        }
        let mut plain = photo.clone();
        tiles::outline(&mut plain, &case.gallery.truth_boxes, case.gallery, TRUE);
        sheet.picture(&plain, place(0), tile).map_err(photo_error)?;
        for (at, row) in case.maps.iter().enumerate() {
            let map = tiles::map(&row.image, row.map_height, row.map_width, &row.map)?;
            let mut picture = tiles::heat(&photo, &min_max(&map));
            tiles::outline(&mut picture, &case.gallery.truth_boxes, case.gallery, TRUE);
            sheet.picture(&picture, place(at + 1), tile).map_err(photo_error)?;
            if row.is_target {
                sheet.frame(place(at + 1), tile, ACCENT, 2.5, false);
            }
        }
    }
    let mut caption = format!(
        "Step A11 with network {network}, on gallery images: the sub-maps of each class joined into its final map. \
         Under a map: rank and name of the class, and its confidence, the largest softmax probability of the class \
         among its sub-maps. Blue frame: target class, whose map is evaluated. Green: ground truth. Each map is \
         scaled separately."
    );
    if cases.iter().any(|case| case.maps.iter().any(|row| row.rank.is_none())) {
        caption += " Unranked: no sub-map was assigned to the target class, so merge.otherwise made its map.";
    }
    let name = format!("chain-class-maps-{chain}-{network}");
    Ok(Figure { name, title: format!("Final maps of {chain} · {network}"), caption, svg: sheet.finish() })
}

/// An image with the final maps of its classes.
struct ClassMapCase<'a> {
    gallery: &'a GalleryRow,
    /// By rank, the target class among them.
    maps: Vec<&'a ClassMapRow>,
    /// Number of classes that are left out.
    hidden: usize,
}

impl<'a> ClassMapCase<'a> {
    /// `None` for an image without maps.
    fn new(gallery: &'a GalleryRow, rows: &[&'a ClassMapRow]) -> Option<Self> {
        let key = (&gallery.cell, gallery.seed, &gallery.image);
        let mut maps: Vec<&ClassMapRow> =
            rows.iter().copied().filter(|row| (&row.cell, row.seed, &row.image) == key).collect();
        let hidden = maps.len().saturating_sub(MOST);
        if let Some(target) = maps.iter().skip(MOST).find(|row| row.is_target).copied() {
            maps.insert(MOST - 1, target);
        }
        maps.truncate(MOST);
        (!maps.is_empty()).then_some(Self { gallery, maps, hidden })
    }
}
