/// An axis counted from the end if it is negative.
pub(crate) fn place(axis: i64, rank: usize) -> Result<usize, String> {
    let at = if axis < 0 { axis + rank as i64 } else { axis };
    match usize::try_from(at) {
        Ok(at) if at < rank => Ok(at),
        _ => Err(format!("names the axis {axis} of {rank}")),
    }
}
