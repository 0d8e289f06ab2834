//! Loops that are unrolled by hand: the compiler does not unroll loops of this length, and then keeps vectors in memory.

/// Repeats a block for every index below a constant, at most 19; `up to 8` or `up to 14` where it is never more, which compiles
/// faster.
macro_rules! unrolled {
    ($count:expr, |$at:ident| $body:block) => {
        unrolled!(@ $count, $at $body 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18)
    };
    (up to 14: $count:expr, |$at:ident| $body:block) => {
        unrolled!(@ $count, $at $body 0 1 2 3 4 5 6 7 8 9 10 11 12 13)
    };
    (up to 8: $count:expr, |$at:ident| $body:block) => {
        unrolled!(@ $count, $at $body 0 1 2 3 4 5 6 7)
    };
    (@ $count:expr, $at:ident $body:block $($index:literal)*) => {{
        const { assert!($count <= [$($index),*].len()) };
        $(if $index < $count {
            let $at: usize = $index;
            $body
        })*
    }};
}

pub(crate) use unrolled;
