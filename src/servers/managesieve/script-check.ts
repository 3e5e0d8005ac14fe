import { formatDiagnostic } from '../../sieve/index.ts';
import type { SieveDiagnostic } from '../../sieve/types.ts';
import type { Session } from './session.ts';
import type { Response } from './wire/types.ts';

/** Lines of errors: nobody reads more before mending the first. */
const MAX_ERRORS = 20;
/** Octets of the line of warnings: it must fit a quoted string, escapes included (RFC 5804 §4). */
const MAX_WARNINGS = 900;

/**
 * Compiles a script as delivery would. NO with a line for each error, or OK, with the warnings in one line: some
 * clients take a literal after OK for a failure.
 */
export async function checkScript(session: Session, name: string, source: Uint8Array): Promise<Response> {
  const { script, diagnostics } = session.options.compile(source, name);
  const lines = (severity: SieveDiagnostic['severity']): string[] =>
    diagnostics.filter((one) => one.severity === severity).map((one) => formatDiagnostic(name, one));
  if (script === undefined) {
    const errors = lines('error');
    const more = errors.length - MAX_ERRORS;
    const shown = more > 0 ? [...errors.slice(0, MAX_ERRORS), `… and ${more} more`] : errors;
    return { status: 'NO', text: shown.join('\n') };
  }
  const warnings = [...lines('warning'), ...(await includeFaults(session, name, source))];
  return warnings.length === 0 ? { status: 'OK' } : withWarnings(warnings);
}

/** RFC 5804 §1.3: the command has worked, and there is something to be told. */
export function withWarnings(warnings: readonly string[]): Response {
  return { status: 'OK', code: { name: 'WARNINGS' }, text: oneLine(warnings) };
}

/**
 * What would fail of the scripts that are included, if a mail came now. No more than warnings: some clients put the
 * script that includes before those that are included.
 */
async function includeFaults(session: Session, name: string, source: Uint8Array): Promise<string[]> {
  const { account, options } = session;
  if (account === undefined || !Buffer.from(source).includes('include')) return [];
  const sources = new Map<string, Uint8Array>();
  for (const entry of await options.scripts.list(account))
    if (entry.name !== name)
      // One that is gone meanwhile, or is too large, is as good as missing.
      await options.scripts.get(account, entry.name).then(
        (octets) => sources.set(entry.name, octets),
        () => undefined,
      );
  sources.set(name, source);
  const { diagnostics } = options.compile(source, name, (location, wanted) =>
    // The site's own scripts are its admin's business.
    location === 'global' ? '' : sources.get(wanted.normalize('NFC')),
  );
  return diagnostics
    .filter(({ severity }) => severity === 'error')
    .map((one) => formatDiagnostic(name, { ...one, severity: 'warning' }));
}

function oneLine(warnings: readonly string[]): string {
  let text = '';
  for (const [index, warning] of warnings.entries()) {
    const next = text === '' ? warning : `${text}; ${warning}`;
    if (Buffer.byteLength(next) > MAX_WARNINGS)
      return text === ''
        ? Buffer.from(warning)
            .subarray(0, MAX_WARNINGS)
            .toString('utf8')
            .replace(/\ufffd$/, '')
        : `${text}; and ${warnings.length - index} more`;
    text = next;
  }
  return text.replace(/[\r\n]+/g, ' ');
}
