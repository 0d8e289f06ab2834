//! The input of the image and the output of the scores.

use super::axes::TensorAxis;
use super::options::ImageLayout;
use crate::OnnxError;
use crate::proto::ValueInfoProto;

/// The input or output of a name, or the only one.
pub(super) fn chosen<'a>(
    what: &'static str,
    wanted: Option<&str>,
    all: &[&'a ValueInfoProto],
) -> Result<&'a ValueInfoProto, OnnxError> {
    let names = || all.iter().map(|info| format!("`{}`", info.name)).collect::<Vec<_>>().join(", ");
    let option = |reason: String| OnnxError::Option { option: what, reason };
    match wanted {
        Some(wanted) => all
            .iter()
            .copied()
            .find(|info| info.name == wanted)
            .ok_or_else(|| option(format!("the network has no {what} `{wanted}`; it has {}", names()))),
        None => match all {
            [only] => Ok(only),
            [] => Err(OnnxError::Interface(format!("the network has no {what}"))),
            _ => {
                Err(option(format!("the network has several {what}s, {}; choose one with `{what}`", names())))
            }
        },
    }
}

/// Meanings of an input's dimensions: of an image, or of a part of one, as the test cases of single operators have it.
pub(super) fn dimensions(layout: ImageLayout, rank: usize) -> Vec<TensorAxis> {
    match (layout, rank) {
        (_, 1) => vec![TensorAxis::Channel],
        (ImageLayout::ChannelsFirst, _) => {
            [TensorAxis::Batch, TensorAxis::Channel, TensorAxis::Row, TensorAxis::Column]
                .into_iter()
                .take(rank)
                .collect()
        }
        (ImageLayout::ChannelsLast, _) => {
            vec![TensorAxis::Batch, TensorAxis::Row, TensorAxis::Column, TensorAxis::Channel]
        }
    }
}

/// Lengths of the dimensions of an input; `None` for those that the file leaves open.
pub(super) fn lengths(input: &ValueInfoProto) -> Vec<Option<usize>> {
    let shape = input.r#type.as_ref().and_then(|of| of.tensor_type.as_ref()).and_then(|of| of.shape.as_ref());
    let dimensions = shape.map(|shape| &shape.dim[..]).unwrap_or_default();
    let known = |value: i64| usize::try_from(value).ok().filter(|value| *value > 0);
    dimensions.iter().map(|dimension| dimension.dim_value.and_then(known)).collect()
}

/// The layout of an input by its lengths: channels are one or three.
pub(super) fn guess(lengths: &[Option<usize>], name: &str) -> Result<ImageLayout, OnnxError> {
    if lengths.len() != 4 {
        let reason = format!(
            "the input `{name}` has {} dimensions; an image has four: images, channels, rows, columns",
            lengths.len()
        );
        return Err(OnnxError::Option { option: "input", reason });
    }
    let channels = |length: Option<usize>| matches!(length, Some(1 | 3));
    match (channels(lengths[1]), channels(lengths[3])) {
        (true, false) => Ok(ImageLayout::ChannelsFirst),
        (false, true) => Ok(ImageLayout::ChannelsLast),
        _ => {
            let shape: Vec<String> = lengths
                .iter()
                .map(|length| length.map_or("?".to_owned(), |length| length.to_string()))
                .collect();
            let reason = format!(
                "the input `{name}` has the shape [{}], which does not tell channels from rows; say which with `layout`",
                shape.join(", ")
            );
            Err(OnnxError::Option { option: "layout", reason })
        }
    }
}
