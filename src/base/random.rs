//! Random number streams. Every use has its own named stream, so that no draw depends on the order of other
//! parts.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;

/// Random stream `name` of `seed`: ChaCha8 keyed by the blake3 hash of the seed (little endian) and the name,
/// so the same on every machine and version.
pub fn stream(seed: u64, name: &str) -> ChaCha8Rng {
    let key = blake3::Hasher::new().update(&seed.to_le_bytes()).update(name.as_bytes()).finalize();
    ChaCha8Rng::from_seed(*key.as_bytes())
}

/// Derives a seed from `seed` and `name`, for a part that names further streams itself.
pub fn derive(seed: u64, name: &str) -> u64 {
    let key = blake3::Hasher::new().update(&seed.to_le_bytes()).update(name.as_bytes()).finalize();
    let mut bytes = [0; 8];
    bytes.copy_from_slice(&key.as_bytes()[..8]);
    u64::from_le_bytes(bytes)
}
