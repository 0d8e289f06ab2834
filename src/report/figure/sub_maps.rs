//! The sub-maps of the gallery images (steps A10 and A11): image, sub-maps with their predictions, merged map.

use super::Figure;
use super::sheet::{ACCENT, Anchor, Sheet};
use super::tiles::{self, FOOT, GAP, HEAD, PREDICTED, TRUE, TYPE};
use crate::analysis::{Analysis, distinct};
use crate::error::ReportError;
use crate::format;
use camlab_frame::{GalleryRow, SubMapRow, SubMapState};
use camlab_raster::min_max;

/// Maximum number of images per figure.
const MOST_IMAGES: usize = 6;
/// Maximum number of sub-maps per image.
const MOST: usize = 12;

/// One figure per chain and network of the reference configuration.
pub fn figures(analysis: &Analysis<'_>) -> Result<Vec<Figure>, ReportError> {
    let rows: Vec<&SubMapRow> = analysis
        .frames
        .sub_maps
        .iter()
        .filter(|row| !row.map.is_empty() && analysis.belongs(&row.cell, row.seed, &analysis.reference))
        .collect();
    let names: Vec<(String, String)> =
        rows.iter().map(|row| (row.chain.clone(), row.network.clone())).collect();
    let mut figures = Vec::new();
    for (chain, network) in distinct(&names) {
        let own: Vec<&SubMapRow> =
            rows.iter().copied().filter(|row| row.chain == chain && row.network == network).collect();
        figures.push(figure(analysis, &chain, &network, &own)?);
    }
    Ok(figures)
}

fn figure(
    analysis: &Analysis<'_>,
    chain: &str,
    network: &str,
    rows: &[&SubMapRow],
) -> Result<Figure, ReportError> {
    let case = |gallery| SubMapCase::new(gallery, rows);
    let cases = tiles::cases(&analysis.frames.gallery, chain, network, MOST_IMAGES, case);
    let clusters = clusters(rows);
    let hidden = rows.iter().map(|row| row.cluster + 1).max().unwrap_or(0) as usize - clusters.len();
    let columns = clusters.len() + 2;
    let tile = tiles::side(columns);
    let step = tile + GAP;
    let mut sheet = Sheet::new(HEAD + cases.len() as f64 * (tile + FOOT));
    let middle = |column: usize| column as f64 * step + tile / 2.0;
    let mut head = |text: &str, column: usize| {
        sheet.text(text, (middle(column), HEAD / 2.0), TYPE + 1.0, Anchor::Middle, true, 1.0);
    };
    head("photograph", 0);
    clusters.iter().enumerate().for_each(|(at, cluster)| head(&(cluster + 1).to_string(), at + 1));
    head("merged", columns - 1);
    for (line, case) in cases.iter().enumerate() {
        let top = HEAD + line as f64 * (tile + FOOT);
        let photo_error = |source| ReportError::Photo { image: case.gallery.image.clone(), source };
        let photo = tiles::photo(case.gallery)?;
        let mut under = |column: usize, first: &str, second: &str, bold: bool| {
            let x = middle(column);
            sheet.text(first, (x, top + tile + 9.0), TYPE, Anchor::Middle, bold, 1.0);
            sheet.text(second, (x, top + tile + 20.0), TYPE, Anchor::Middle, false, 0.7);
        };
        let short = |text: &str| format::short(text, (tile / 5.6) as usize);
        let says = match &case.gallery.predicted_name {
            Some(name) if *name != case.gallery.label_name => format!("pred. {name}"),
            _ => String::new(),
        };
        under(0, &short(&case.gallery.label_name), &short(&says), true);
        let place = |column: usize| (column as f64 * step, top);
        let mut plain = photo.clone();
        tiles::outline(&mut plain, &case.gallery.truth_boxes, case.gallery, TRUE);
        for (at, cluster) in clusters.iter().enumerate() {
            let Some(row) = case.sub_maps.iter().find(|row| row.cluster == *cluster) else { continue };
            match (row.state, row.confidence, &row.assigned) {
                (SubMapState::Present, Some(confidence), Some(assigned)) => {
                    let percent = format!("{:.0} %", 100.0 * confidence);
                    under(at + 1, &percent, &short(assigned), row.joined);
                }
                (state, ..) => under(at + 1, "", state.as_str(), false),
            }
        }
        let iou = match case.gallery.iou.is_finite() {
            true => format!("IoU {:.2}", case.gallery.iou),
            false => String::new(),
        };
        let fell_back = case.sub_maps.iter().any(|row| row.fell_back);
        under(columns - 1, &iou, if fell_back { "all merged" } else { "" }, true);
        sheet.picture(&plain, place(0), tile).map_err(photo_error)?;
        for (at, cluster) in clusters.iter().enumerate() {
            let Some(row) = case.sub_maps.iter().find(|row| row.cluster == *cluster) else { continue };
            if row.state != SubMapState::Present {
                sheet.empty(place(at + 1), tile);
                continue;
            }
            let map = tiles::map(&row.image, row.map_height, row.map_width, &row.map)?;
            let picture = tiles::heat(&photo, &min_max(&map));
            sheet.picture(&picture, place(at + 1), tile).map_err(photo_error)?;
            if row.joined {
                sheet.frame(place(at + 1), tile, ACCENT, 2.5, false);
            }
        }
        let gallery = case.gallery;
        let merged = tiles::map(&gallery.image, gallery.map_height, gallery.map_width, &gallery.map)?;
        let mut picture = tiles::heat(&photo, &merged);
        tiles::outline(&mut picture, &gallery.truth_boxes, gallery, TRUE);
        tiles::outline(&mut picture, &gallery.boxes, gallery, PREDICTED);
        sheet.picture(&picture, place(columns - 1), tile).map_err(photo_error)?;
    }
    let mut caption = format!(
        "Steps A10 and A11 with network {network}, on gallery images: the class map of each image divided among \
         the clusters of all test images. Under an image: its class, and the predicted one (pred.) if it differs. \
         Under a sub-map: softmax probability and class predicted from the image masked by it. Sub-maps in a blue \
         frame were assigned to the target class and are merged by confidence. Green: ground truth. Orange: \
         predicted box. Each sub-map is scaled separately."
    );
    if cases.iter().any(|case| case.sub_maps.iter().any(|row| row.fell_back)) {
        caption +=
            " All merged: no sub-map was assigned to the target class, so all were merged by its confidence.";
    }
    if hidden > 0 {
        caption += &format!(" Not shown: {} with less energy.", format::count(hidden, "sub-map"));
    }
    let name = format!("chain-sub-maps-{chain}-{network}");
    Ok(Figure { name, title: format!("Sub-maps of {chain} · {network}"), caption, svg: sheet.finish() })
}

/// An image with its sub-maps and the merged map.
struct SubMapCase<'a> {
    gallery: &'a GalleryRow,
    sub_maps: Vec<&'a SubMapRow>,
}

impl<'a> SubMapCase<'a> {
    /// `None` for an image without sub-maps.
    fn new(gallery: &'a GalleryRow, rows: &[&'a SubMapRow]) -> Option<Self> {
        let own = |row: &&&SubMapRow| {
            (&row.cell, row.seed, &row.image) == (&gallery.cell, gallery.seed, &gallery.image)
        };
        let sub_maps: Vec<&SubMapRow> = rows.iter().filter(own).copied().collect();
        (!sub_maps.is_empty()).then_some(Self { gallery, sub_maps })
    }
}

/// The clusters with the most energy over the images, in ascending order.
fn clusters(rows: &[&SubMapRow]) -> Vec<u32> {
    let count = rows.iter().map(|row| row.cluster + 1).max().unwrap_or(0);
    let energy = |cluster: u32| -> f64 {
        rows.iter().filter(|row| row.cluster == cluster).map(|row| f64::from(row.energy)).sum()
    };
    let mut order: Vec<u32> = (0..count).collect();
    order.sort_by(|a, b| energy(*b).total_cmp(&energy(*a)).then(a.cmp(b)));
    order.truncate(MOST);
    order.sort_unstable();
    order
}
