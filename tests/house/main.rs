//! The architecture's rules that the compiler does not hold, read from the sources and the manifests.

mod circles;
mod manifests;
mod names;
mod sources;
