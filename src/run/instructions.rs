use camlab_config::RunOptions;
use camlab_kernel::{ISA_VARIABLE, Isa, check_isa, pin_isa};
use camlab_stage::StageError;

/// Fixes the instruction set that an experiment names, for all kernels of this process.
///
/// # Errors
/// A set that this machine lacks, or another one than the environment variable names.
pub(super) fn pin(options: &RunOptions) -> Result<(), StageError> {
    let Some(wanted) = options.instructions else { return Ok(()) };
    let name = wanted.name();
    let failed = |problem: String| StageError::Input(format!("run.instructions = \"{name}\": {problem}"));
    let isa = Isa::named(name).map_err(failed)?;
    match check_isa().map_err(failed)? {
        Some(forced) if forced != isa => {
            Err(failed(format!("{ISA_VARIABLE} names `{}`; unset the variable", forced.name())))
        }
        _ => pin_isa(isa).map_err(failed),
    }
}
