/**
 * Milliseconds of processor time that synchronous work takes: the least of some runs. What other programs and threads do
 * meanwhile does not count; a collection of garbage may fall into one run, but hardly into each.
 */
export function cpuTime(work: () => unknown, runs = 1): number {
  const times = Array.from({ length: runs }, () => {
    const before = process.threadCpuUsage();
    work();
    const { user, system } = process.threadCpuUsage(before);
    return (user + system) / 1000;
  });
  return Math.min(...times);
}

/** Starts to measure: milliseconds of processor time of this thread since then. For work that waits for others as well. */
export function cpuTimer(): () => number {
  const before = process.threadCpuUsage();
  return () => {
    const { user, system } = process.threadCpuUsage(before);
    return (user + system) / 1000;
  };
}
