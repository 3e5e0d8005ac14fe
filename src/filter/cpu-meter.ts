/**
 * Shares a thread's CPU time among the scans in flight on it. The time between two events is charged in equal parts to
 * those that were in flight, so the sum is exact; the part of a single scan is exact when it was alone.
 */
export class CpuMeter {
  private readonly used = new Map<object, number>();
  private last = 0;
  private readonly clock: () => number;

  /** `clock`: CPU milliseconds the thread has used. */
  constructor(clock: () => number = threadCpu) {
    this.clock = clock;
  }

  start(): object {
    this.charge();
    const scan = {};
    this.used.set(scan, 0);
    return scan;
  }

  /** CPU milliseconds of the scan, which ends. */
  stop(scan: object): number {
    this.charge();
    const used = this.used.get(scan) ?? 0;
    this.used.delete(scan);
    return used;
  }

  private charge(): void {
    const now = this.clock();
    const part = this.used.size === 0 ? 0 : (now - this.last) / this.used.size;
    if (part > 0) for (const [scan, used] of this.used) this.used.set(scan, used + part);
    this.last = now;
  }
}

function threadCpu(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
}
