use camlab::kernel::{ISA_VARIABLE, Isa};

/// Makes the kernels of this process use an instruction set that the machine has: if they use another, the process
/// starts itself anew with [`ISA_VARIABLE`] set.
///
/// # Errors
/// A message with the remedy, if the process cannot be started.
pub fn pin_isa(isa: Isa) -> Result<(), String> {
    if Isa::current() == isa {
        return Ok(());
    }
    let remedy = format!("set {ISA_VARIABLE}={} and run the command again", isa.name());
    #[cfg(unix)]
    {
        use std::os::unix::process::CommandExt as _;
        let program = std::env::current_exe()
            .map_err(|error| format!("cannot start camlab anew: {error}; {remedy}"))?;
        let arguments = std::env::args_os().skip(1);
        // Returns only if it fails.
        let error = std::process::Command::new(program).args(arguments).env(ISA_VARIABLE, isa.name()).exec();
        Err(format!("cannot start camlab anew: {error}; {remedy}"))
    }
    #[cfg(not(unix))]
    Err(format!("the run used the instruction set `{}`; {remedy}", isa.name()))
}
