//! Gallery of the best and worst localised images: photograph, heat maps, boxes.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Serialize;

use super::analysis::Analysis;
use super::error::ReportError;
use super::format;
use super::series::Series;
use camlab_frame::{GalleryRow, RankKind};
use camlab_raster::encode::{decode, fit, jpeg};
use camlab_raster::overlay::{draw_box, overlay, scale_box};
use camlab_raster::{Map, PixelBox, Rgb};

/// Maximum number of cases shown of each kind (best, worst).
const MOST: usize = 8;
/// Opacity of the heat map over the photograph.
const ALPHA: f32 = 0.45;
/// Range of a picture's longest side, pixels: smaller photographs are enlarged by an integer factor, larger ones
/// reduced.
const SIDES: (usize, usize) = (192, 320);
const QUALITY: u8 = 85;

/// Colours of ground truth and prediction, each with the colour of its outline: the heat map has every hue.
const TRUTH: ([u8; 3], [u8; 3]) = ([0x00, 0xC8, 0x53], [0, 0, 0]);
const PREDICTED: ([u8; 3], [u8; 3]) = ([0xFF, 0x5A, 0x1F], [255, 255, 255]);

/// An image with its maps.
#[derive(Debug, Clone, Serialize)]
pub struct GalleryCase {
    /// True if it is among the best localised.
    pub best: bool,
    /// Identifier of the image.
    pub image: String,
    /// Name of its class.
    pub label: String,
    /// The photograph with the ground truth, as a data URI.
    pub photo: String,
    /// One picture per method.
    pub maps: Vec<Picture>,
}

/// A map over the photograph.
#[derive(Debug, Clone, Serialize)]
pub struct Picture {
    /// Network, method, layer and contrast of the map.
    #[serde(skip)]
    pub series: Series,
    /// Its method, layer and contrast.
    pub name: String,
    /// The network, empty for a baseline.
    pub network: String,
    /// IoU of the predicted box with the ground truth, as text.
    pub iou: String,
    /// Predicted class and its probability; empty for baselines.
    pub prediction: String,
    /// The picture as a data URI.
    pub picture: String,
}

/// The cases of a report.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Gallery {
    /// Best cases first.
    pub cases: Vec<GalleryCase>,
    /// True if the cases are ranked by IoU; without true boxes they are in the order of the data set.
    pub ranked: bool,
    /// Number of cases in the frame that the report does not show.
    pub hidden: usize,
}

/// Draws the gallery: the cases of the reference configuration, or all if it has none.
pub fn gallery(analysis: &Analysis<'_>) -> Result<Gallery, ReportError> {
    let rows = &analysis.frames.gallery;
    let of_reference = |row: &&GalleryRow| analysis.belongs(&row.cell, row.seed, &analysis.reference);
    let chosen: Vec<&GalleryRow> = rows.iter().filter(of_reference).collect();
    let chosen = if chosen.is_empty() { rows.iter().collect() } else { chosen };
    let mut groups: Vec<Vec<&GalleryRow>> = Vec::new();
    for row in chosen {
        let key = |r: &GalleryRow| (r.rank_kind, r.rank, r.seed, r.cell.clone(), r.image.clone());
        match groups.iter_mut().find(|group| key(group[0]) == key(row)) {
            Some(group) => group.push(row),
            None => groups.push(vec![row]),
        }
    }
    groups.sort_by_key(|group| (group[0].rank_kind, group[0].rank));
    let ranked = groups.iter().flatten().any(|row| row.iou.is_finite());
    if !ranked {
        // A baseline is there to be compared by a number.
        let of_network =
            |row: &&GalleryRow| !Series::new(&row.network, &row.method, &row.layer).is_baseline();
        groups.iter_mut().for_each(|group| group.retain(of_network));
        groups.retain(|group| !group.is_empty());
    }
    let mut gallery = Gallery { ranked, ..Gallery::default() };
    for kind in [RankKind::Best, RankKind::Worst] {
        let of_kind: Vec<_> = groups.iter().filter(|group| group[0].rank_kind == kind).collect();
        gallery.hidden += of_kind.len().saturating_sub(MOST);
        for group in of_kind.into_iter().take(MOST) {
            gallery.cases.push(case(group)?);
        }
    }
    Ok(gallery)
}

fn case(rows: &[&GalleryRow]) -> Result<GalleryCase, ReportError> {
    let first = rows[0];
    let photo_error = |source| ReportError::Photo { image: first.image.clone(), source };
    let photo = decode(&first.photo).map_err(photo_error)?;
    let (height, width) = size(first.height as usize, first.width as usize);
    let photo = fit(&photo, height, width);
    let mut plain = photo.clone();
    outline(&mut plain, &first.truth_boxes, first, TRUTH);
    let maps = rows.iter().map(|row| picture(row, &photo)).collect::<Result<_, _>>()?;
    Ok(GalleryCase {
        best: first.rank_kind == RankKind::Best,
        image: first.image.clone(),
        label: first.label_name.clone(),
        photo: uri(&plain).map_err(photo_error)?,
        maps,
    })
}

fn picture(row: &GalleryRow, photo: &Rgb) -> Result<Picture, ReportError> {
    let (height, width) = (row.map_height as usize, row.map_width as usize);
    if row.map.len() != height * width {
        return Err(ReportError::Map {
            image: row.image.clone(),
            found: row.map.len(),
            height: row.map_height,
            width: row.map_width,
        });
    }
    let mut picture = overlay(photo, &Map::new(height, width, row.map.clone()), ALPHA);
    outline(&mut picture, &row.truth_boxes, row, TRUTH);
    outline(&mut picture, &row.boxes, row, PREDICTED);
    let series = Series::new(&row.network, &row.method, &row.layer).under(&row.contrast);
    let probability = row.predicted_probability.map(f64::from).filter(|p| p.is_finite());
    let prediction = match (&row.predicted_name, probability) {
        (Some(name), Some(p)) => format!("{name}, {:.0} %", 100.0 * p),
        (Some(name), None) => name.clone(),
        (None, _) => String::new(),
    };
    Ok(Picture {
        name: series.in_network(),
        network: if series.is_baseline() { String::new() } else { row.network.clone() },
        iou: if row.iou.is_finite() { format!("{:.2}", row.iou) } else { format::MISSING.to_owned() },
        prediction,
        series,
        picture: uri(&picture).map_err(|source| ReportError::Photo { image: row.image.clone(), source })?,
    })
}

/// Display size (height, width) of an evaluation grid, see [`SIDES`].
fn size(height: usize, width: usize) -> (usize, usize) {
    let longest = height.max(width).max(1);
    if longest < SIDES.0 {
        let factor = SIDES.0.div_ceil(longest);
        (height * factor, width * factor)
    } else {
        let longest = longest.max(SIDES.1);
        (height * SIDES.1 / longest, width * SIDES.1 / longest)
    }
}

fn outline(image: &mut Rgb, flat: &[i32], row: &GalleryRow, (colour, casing): ([u8; 3], [u8; 3])) {
    let (from, to) = ((row.height as usize, row.width as usize), (image.height, image.width));
    for corners in flat.chunks_exact(4) {
        let scaled = scale_box(&PixelBox::new(corners[0], corners[1], corners[2], corners[3]), from, to);
        let PixelBox { x0, y0, x1, y1 } = scaled;
        let inner = PixelBox {
            x0: x0.saturating_add(1),
            y0: y0.saturating_add(1),
            x1: x1.saturating_sub(1),
            y1: y1.saturating_sub(1),
        };
        draw_box(image, &scaled, casing, 4);
        draw_box(image, &inner, colour, 2);
    }
}

fn uri(image: &Rgb) -> Result<String, image::ImageError> {
    Ok(format!("data:image/jpeg;base64,{}", STANDARD.encode(jpeg(image, QUALITY)?)))
}

#[cfg(test)]
mod tests {
    use super::size;

    #[test]
    fn small_photographs_grow_by_a_whole_factor_and_large_ones_shrink() {
        assert_eq!([size(64, 64), size(64, 48)], [(192, 192), (192, 144)]);
        assert_eq!([size(224, 224), size(640, 320)], [(224, 224), (320, 160)]);
    }
}
