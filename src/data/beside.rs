//! Boxes and masks beside the images of a data set: a CSV of boxes and a folder of PNGs.

use std::path::{Path, PathBuf};

use super::error::DatasetError;
use super::files;
use super::listed::Record;
use super::mask_source::MaskSource;
use super::names::{NameIndex, composed};
use super::rows::{ListFile, ListRow};
use camlab_base::registry::closest;

/// The images that the rows of a list can name in their first column.
pub(super) struct NamedImages<'a> {
    pub(super) index: &'a NameIndex,
    /// Words on where the images are named, for errors: ``under `root` ``.
    pub(super) place: &'a str,
}

impl NamedImages<'_> {
    /// Position of the image that a row names.
    ///
    /// # Errors
    /// A name of no image, or of several.
    pub(super) fn find(&self, row: &ListRow<'_>) -> Result<usize, DatasetError> {
        let Self { index, place } = self;
        let id = row.text(0, "image")?;
        let near = || closest(id, index.names());
        index.get(id).ok_or_else(|| match near() {
            _ if row.is_first() && !id.contains('.') => {
                row.error(format!("the first column is called `{id}`; it must be called `image`"))
            }
            _ if index.look_alikes(id) > 1 => row.error(format!(
                "there are several images whose names look like `{id}` {place}, with composed and decomposed letters; \
                 rename them"
            )),
            Some(near) => row.error(format!("there is no image `{id}` {place}, did you mean `{near}`?")),
            None => row.error(format!("there is no image `{id}` {place}; remove the row or check `root`")),
        })
    }
}

/// Adds the boxes of a CSV with rows `image,x0,y0,x1,y1[,label]` to the records; boxes of another class than the image's
/// are left out.
///
/// # Errors
/// A list that cannot be read, a row that is none, an unknown image or label.
pub(super) fn read_boxes(
    list: &Path,
    images: &NamedImages<'_>,
    label_of: impl Fn(&str) -> Result<usize, String>,
    records: &mut [Record],
) -> Result<(), DatasetError> {
    for row in ListFile::read(list, b',')?.after_header("image") {
        row.expect_fields(&[5, 6], "image,x0,y0,x1,y1[,label]")?;
        let record = &mut records[images.find(&row)?];
        let found = row.pixel_box(1)?;
        if let Some(label) = row.get(5).map(composed)
            && label_of(&label).map_err(|problem| row.error(problem))? != record.label
        {
            continue;
        }
        record.boxes.push(found);
    }
    Ok(())
}

/// The mask of an image: the PNG of its relative name.
pub(super) fn mask_file(folder: &Path, record: &Record) -> PathBuf {
    folder.join(&record.id).with_extension("png")
}

/// Adds the mask of an image to its record.
///
/// # Errors
/// A mask that does not exist.
pub(super) fn add_mask(folder: &Path, record: &mut Record) -> Result<(), DatasetError> {
    let mask = mask_file(folder, record);
    if !files::is_file(&mask) {
        let problem = format!("the mask of image `{}` does not exist; add it, or check `masks`", record.id);
        return Err(DatasetError::file(&mask, problem));
    }
    record.masks.push(MaskSource::image(mask));
    Ok(())
}
