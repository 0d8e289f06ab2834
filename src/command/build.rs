use camlab::run::BuildInfo;

/// `Cargo.lock` of the build; empty if the sources had none.
const LOCK: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/Cargo.lock"));

/// The build of this program, as `build.rs` recorded it.
pub(super) fn build_info() -> BuildInfo {
    let lock = match LOCK.is_empty() {
        true => "unknown".to_owned(),
        false => blake3::hash(LOCK).to_hex().to_string(),
    };
    BuildInfo {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        commit: env!("CAMLAB_BUILD_COMMIT").to_owned(),
        dirty: match env!("CAMLAB_BUILD_TREE") {
            "dirty" => Some(true),
            "clean" => Some(false),
            _ => None,
        },
        lock,
        rustc: env!("CAMLAB_BUILD_RUSTC").to_owned(),
        target: env!("CAMLAB_BUILD_TARGET").to_owned(),
        profile: env!("CAMLAB_BUILD_PROFILE").to_owned(),
    }
}

/// The arguments of this process, its own name first.
pub(super) fn command_line() -> Vec<String> {
    std::env::args_os().map(|argument| argument.to_string_lossy().into_owned()).collect()
}
