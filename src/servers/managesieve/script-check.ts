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
  const { script, diagnostics } = await session.options.compile(source, name, session.account ?? '');
  const lines = (severity: SieveDiagnostic['severity']): string[] =>
    diagnostics.filter((one) => one.severity === severity).map((one) => formatDiagnostic(name, one));
  if (script === undefined) {
    const errors = lines('error');
    const more = errors.length - MAX_ERRORS;
    const shown = more > 0 ? [...errors.slice(0, MAX_ERRORS), `… and ${more} more`] : errors;
    return { status: 'NO', text: shown.join('\n') };
  }
  const warnings = lines('warning');
  if (warnings.length === 0) return { status: 'OK' };
  return { status: 'OK', code: { name: 'WARNINGS' }, text: oneLine(warnings) };
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
