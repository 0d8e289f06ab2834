//! Named random streams: every draw of an experiment comes from its seed and the name of what it is for.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;

/// The stream called `name` under `seed`; ChaCha8, so the same numbers on every machine and version.
///
/// Streams with different names are independent, so adding a draw somewhere changes no other.
pub fn stream(seed: u64, name: &str) -> ChaCha8Rng {
    let key = blake3::Hasher::new().update(&seed.to_le_bytes()).update(name.as_bytes()).finalize();
    ChaCha8Rng::from_seed(*key.as_bytes())
}
