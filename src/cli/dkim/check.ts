import { isInForce, type SigningKey } from '../../authentication/signing/keys.ts';
import { publishedKey, recordName } from '../../authentication/signing/published-key.ts';
import { createResolver } from '../../net/system-resolver.ts';
import { EXIT, type Io, paint, table } from '../io.ts';
import { configuredKeys } from './configured.ts';

/**
 * `tamis dkim check`: asks the DNS for each configured key and compares, a line a key; with `json` one object a line. 1
 * when mail signed now would not verify, or the DNS did not answer.
 */
export async function dkimCheck(
  domain: string | undefined,
  options: { json?: true; config?: string },
  io: Pick<Io, 'stdout' | 'stderr' | 'color'>,
): Promise<number> {
  const found = configuredKeys(domain, options.config, io);
  if (found === undefined) return EXIT.input;
  const { config, zone } = found.loaded;
  const { zone: _, ...dns } = config.dns;
  const resolver = createResolver(zone === undefined ? dns : { ...dns, zone });
  const now = Date.now();
  const results = await Promise.all(
    found.keys.map(async (key) => ({ key, published: await publishedKey(key, resolver, now) })),
  );
  if (options.json)
    for (const { key, published } of results)
      io.stdout(
        `${JSON.stringify({
          name: recordName(key),
          domain: key.domain,
          selector: key.selector,
          use: key.use,
          type: key.type,
          bits: key.bits,
          state: stateOf(key, now),
          ...published,
        })}\n`,
      );
  else {
    const rows = table(
      results.map(({ key, published }) => [
        recordName(key),
        key.use,
        key.type === 'rsa' ? `rsa ${key.bits}` : key.type,
        stateOf(key, now),
        published.status,
        published.text,
      ]),
    ).split('\n');
    for (const [index, row] of rows.entries()) {
      const published = results[index]?.published;
      const style = published?.fault === true ? 'red' : published?.status === 'ok' ? 'green' : 'yellow';
      io.stdout(`${paint(io, style, row)}\n`);
    }
  }
  return results.some(({ published }) => published.fault) ? EXIT.input : EXIT.ok;
}

function stateOf(key: SigningKey, now: number): 'in force' | 'later' | 'over' {
  if (isInForce(key, now)) return 'in force';
  return now < key.notBefore ? 'later' : 'over';
}
