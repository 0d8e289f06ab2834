"""One file per engine: `make(task)` returns something with `measure(seconds)` and `finish()` (see measure.Timed)."""
