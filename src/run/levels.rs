use camlab_parts::metric::{ChosenLevels, Contours};
use camlab_stage::threshold::LARGEST;

/// Levels as frames hold them: word of the contours, minimum IoU, level.
pub(super) fn chosen_levels<'r>(rows: impl IntoIterator<Item = (&'r str, f32, u32)>) -> ChosenLevels {
    let level = |(contours, delta, level): (&str, f32, u32)| {
        let contours = if contours == LARGEST { Contours::Largest } else { Contours::Any };
        Some(((contours, f64::from(delta)), u8::try_from(level).ok()?))
    };
    ChosenLevels::new(rows.into_iter().filter_map(level))
}
