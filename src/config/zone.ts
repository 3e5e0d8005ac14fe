import { parseZone } from '../net/zone-file.ts';
import type { Zone } from '../net/zone-resolver.ts';
import { ConfigError, readConfigText } from './read.ts';

/** Reads a zone file (`dns.zone`); throws {@link ConfigError} with every fault and its line. */
export function readZone(file: string): Zone {
  const parsed = parseZone(readConfigText(file));
  if (parsed.zone !== undefined) return parsed.zone;
  throw new ConfigError(
    file,
    parsed.faults.map((fault) => ({ line: fault.line, column: 1, path: '', text: fault.text })),
  );
}
