//! Bounding boxes in PASCAL VOC's XML format, as used by VOC and ImageNet.

use std::path::Path;

use roxmltree::{Document, Node};

use super::error::DatasetError;
use camlab_raster::PixelBox;

/// One annotated object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct AnnotatedObject {
    /// Class of the object: of ImageNet a WordNet id.
    pub(super) name: String,
    pub(super) bounds: PixelBox,
    /// `true` if marked as hard to recognise.
    pub(super) difficult: bool,
    /// Line of the object in the file.
    pub(super) line: u64,
}

/// Content of an annotation file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Annotation {
    /// Width and height of the image that the boxes refer to.
    pub(super) size: (usize, usize),
    pub(super) objects: Vec<AnnotatedObject>,
}

/// Reads `annotation/size/{width,height}` and `annotation/object/{name,bndbox/{xmin,ymin,xmax,ymax},difficult}`. Corners are
/// inclusive pixel coordinates as written, fractions rounded down; those outside of the image (ImageNet has a few at width or
/// height) stay as they are, as in wsolevaluation. Parts of objects are left out.
pub(super) fn read(path: &Path) -> Result<Annotation, DatasetError> {
    let text = super::text::read(path)?;
    parse(path, &text)
}

fn parse(path: &Path, text: &str) -> Result<Annotation, DatasetError> {
    let at = |line: u32, problem: String| DatasetError::Row {
        path: path.to_path_buf(),
        line: u64::from(line),
        problem,
    };
    // The parser rejects document type declarations, so entity expansion attacks are impossible.
    let document = Document::parse(text).map_err(|error| match error {
        roxmltree::Error::DtdDetected => {
            at(1, "holds a document type declaration, which is not read; remove it".to_owned())
        }
        error => at(error.pos().row, format!("is not valid XML: {error}")),
    })?;
    let line = |node: Node<'_, '_>| document.text_pos_at(node.range().start).row;
    let child = |node: Node<'_, '_>, name: &str| {
        let found = node.children().find(|child| child.has_tag_name(name)).map(|found| found.id());
        found.ok_or_else(|| at(line(node), format!("<{}> has no <{name}>", node.tag_name().name())))
    };
    let get = |id| document.get_node(id).unwrap_or(document.root_element());
    let number = |node: Node<'_, '_>, name: &str| -> Result<i32, DatasetError> {
        let node = get(child(node, name)?);
        let written = node.text().unwrap_or_default().trim();
        // Some tools write whole numbers as 12.0.
        let value = written.parse::<f64>().ok().filter(|value| value.is_finite() && value.abs() < 1e8);
        let value = value.map(|value| value.floor() as i32);
        value.ok_or_else(|| at(line(node), format!("<{name}> is `{written}`, not a number")))
    };
    let root = document.root_element();
    let extent = get(child(root, "size")?);
    let (width, height) = (number(extent, "width")?, number(extent, "height")?);
    if width < 1 || height < 1 {
        return Err(at(line(extent), format!("size {width}x{height} has no pixels")));
    }
    let mut objects = Vec::new();
    for object in root.children().filter(|node| node.has_tag_name("object")) {
        let name = get(child(object, "name")?).text().unwrap_or_default().trim().to_owned();
        let corners = get(child(object, "bndbox")?);
        let [x0, y0, x1, y1] = [
            number(corners, "xmin")?,
            number(corners, "ymin")?,
            number(corners, "xmax")?,
            number(corners, "ymax")?,
        ];
        if x1 < x0 || y1 < y0 {
            return Err(at(
                line(corners),
                format!("box `{x0},{y0},{x1},{y1}` has xmax < xmin or ymax < ymin"),
            ));
        }
        let difficult = match object.children().find(|node| node.has_tag_name("difficult")) {
            None => false,
            Some(node) => match node.text().unwrap_or_default().trim() {
                "0" | "" => false,
                "1" => true,
                written => {
                    return Err(at(line(node), format!("<difficult> is `{written}`; it must be 0 or 1")));
                }
            },
        };
        let bounds = PixelBox { x0, y0, x1, y1 };
        objects.push(AnnotatedObject { name, bounds, difficult, line: u64::from(line(object)) });
    }
    Ok(Annotation { size: (width as usize, height as usize), objects })
}
