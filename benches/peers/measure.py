"""Measurement of time and memory, the same for every engine."""
import statistics
import time


def peak_memory_mb():
    """The largest resident set of this process so far (VmHWM), in MB of 10^6 bytes."""
    for line in open("/proc/self/status"):
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024 / 1e6
    raise RuntimeError("/proc/self/status has no VmHWM")


class Timed:
    """Repeated work: `run` does it once and returns its result, or None."""

    def __init__(self, run, warm_ups=2):
        self.run, self.result = run, None
        for _ in range(warm_ups):
            self.result = run()

    def measure(self, seconds):
        """Median time of one run, over as many runs as fit into `seconds`, at least one."""
        times, until = [], time.perf_counter() + seconds
        while not times or time.perf_counter() < until:
            start = time.perf_counter()
            self.result = self.run()
            times.append(time.perf_counter() - start)
        return {"seconds": statistics.median(times), "runs": len(times)}

    def finish(self):
        return {"peak_memory_mb": peak_memory_mb()}
