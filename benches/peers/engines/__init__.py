"""One file per engine: `make(task)` returns an object with `measure(seconds)` and `finish()` (see measure.Timed)."""
