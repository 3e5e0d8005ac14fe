import { withCache } from './cache.ts';
import { StubSource, type StubSurroundings } from './dns/stub.ts';
import type { FullResolver } from './resolver.ts';
import type { DnsSettings } from './settings.ts';
import { createZoneResolver } from './zone-resolver.ts';

/**
 * The resolver the settings ask for: the zone when there is one, else name servers, whose answers are remembered. A
 * question under way keeps the process running, a resolver does not. Throws a TypeError when a server is no address.
 */
export function createResolver(settings: DnsSettings, surroundings: StubSurroundings = {}): FullResolver {
  if (settings.zone !== undefined) return createZoneResolver(settings.zone);
  return withCache(new StubSource(settings, surroundings), {
    entries: settings.cacheEntries,
    ...(surroundings.now === undefined ? {} : { now: surroundings.now }),
  });
}
