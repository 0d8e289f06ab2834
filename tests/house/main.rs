//! The architecture's rules, read from the sources.

mod architecture;
