//! Properties of this machine and process, for reports and benchmarks.

/// The machine's name in its network; `unknown` if the system does not provide it.
pub fn host() -> String {
    let name = rustix::system::uname();
    let name = name.nodename().to_string_lossy();
    if name.is_empty() { "unknown".into() } else { name.into_owned() }
}

/// The processor's name; `unknown` if the system does not provide it.
pub fn processor() -> String {
    let info = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = info.lines().find_map(|line| line.strip_prefix("model name")?.split_once(':'));
    model.map_or_else(|| "unknown".into(), |(_, name)| name.trim().to_string())
}
