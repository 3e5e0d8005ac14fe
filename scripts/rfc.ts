/**
 * Holds the code's RFC references against `docs/rfc.tsv`, and writes `docs/conformance.md` from it.
 *
 *   node scripts/rfc.ts           writes docs/conformance.md
 *   node scripts/rfc.ts --check   exits 1 when a reference has no row, names a section the RFC does not have, a row's
 *                                 place does not mention the RFC, or the page is out of date
 *
 * A reference is written `RFC 5322 §3.3`. Columns of the table: rfc, title, last top-level section, status (`full`,
 * `partial`, `planned`), where (folders or files, space separated), note.
 */
import { existsSync, globSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

interface Row {
  rfc: string;
  title: string;
  sections: number;
  status: string;
  where: string[];
  note: string;
}

const root = join(import.meta.dirname, '..');
const table = join(root, 'docs/rfc.tsv');
const page = join(root, 'docs/conformance.md');
const STATUSES: Readonly<Record<string, string>> = {
  full: 'everything that concerns a program of our kind',
  partial: 'the part named in the note',
  planned: 'nothing yet',
};

const rows: Row[] = readFileSync(table, 'utf8')
  .trimEnd()
  .split('\n')
  .slice(1)
  .map((line) => {
    const [rfc = '', title = '', sections = '', status = '', where = '', note = ''] = line.split('\t');
    return { rfc, title, sections: Number(sections), status, where: where.split(' ').filter(Boolean), note };
  });

const faults: string[] = [];
const byNumber = new Map(rows.map((row) => [row.rfc, row]));
if (byNumber.size !== rows.length) faults.push('docs/rfc.tsv: an RFC has two rows');

/** RFC number → files that refer to it. */
const references = new Map<string, Set<string>>();
let count = 0;
for (const file of globSync(['src/**/*.ts', 'test/**/*.ts', 'scripts/layers.ts'], { cwd: root })) {
  for (const [index, line] of readFileSync(join(root, file), 'utf8').split('\n').entries()) {
    for (const [, rfc = '', section] of line.matchAll(/\bRFC (\d{3,5})(?: §(\d+))?/g)) {
      count++;
      const row = byNumber.get(rfc);
      if (row === undefined) faults.push(`${file}:${index + 1}: RFC ${rfc} has no row in docs/rfc.tsv`);
      else if (section !== undefined && Number(section) > row.sections)
        faults.push(`${file}:${index + 1}: RFC ${rfc} has ${row.sections} sections, no §${section}`);
      const files = references.get(rfc) ?? new Set();
      references.set(rfc, files.add(file));
    }
  }
}
if (count === 0) faults.push('no reference found at all: that cannot be');

for (const row of rows) {
  const name = `docs/rfc.tsv: RFC ${row.rfc}`;
  if (!Object.hasOwn(STATUSES, row.status))
    faults.push(`${name}: status "${row.status}" is none of ${Object.keys(STATUSES).join(', ')}`);
  if (!Number.isInteger(row.sections) || row.sections < 1)
    faults.push(`${name}: the last section is a number`);
  if (row.status === 'partial' && row.note === '')
    faults.push(`${name}: partial needs a note that says which part`);
  if (row.status === 'planned') continue;
  if (row.where.length === 0) faults.push(`${name}: says nowhere where it is`);
  for (const where of row.where) {
    const path = join(root, where);
    if (!existsSync(path)) faults.push(`${name}: ${where} does not exist`);
    else if (
      ![...(references.get(row.rfc) ?? [])].some((file) =>
        statSync(path).isDirectory() ? file.startsWith(`${where}/`) : file === where,
      )
    )
      faults.push(`${name}: nothing in ${where} refers to it`);
  }
}

const text = `# Conformance

Which RFCs Tamis implements and where. Made from \`docs/rfc.tsv\` by \`node scripts/rfc.ts\`; edit the table, not this page.
CI checks that every \`RFC n §m\` in the code has a row here, and that every row's place refers to its RFC.

${Object.entries(STATUSES)
  .map(([status, meaning]) => `- **${status}**: ${meaning}`)
  .join('\n')}

| RFC | title | status | where | note |
|---|---|---|---|---|
${rows
  .toSorted((one, other) => Number(one.rfc) - Number(other.rfc))
  .map(
    (row) =>
      `| ${row.rfc} | ${row.title} | ${row.status} | ${row.where.map((where) => `\`${where}\``).join(' ')} | ${row.note} |`,
  )
  .join('\n')}
`;

if (process.argv.includes('--check')) {
  if (!existsSync(page) || readFileSync(page, 'utf8') !== text)
    faults.push('docs/conformance.md is out of date: node scripts/rfc.ts');
  for (const fault of faults) console.error(fault);
  console.log(
    `rfc: ${count} references to ${references.size} RFCs, ${rows.length} rows, ${faults.length} faults`,
  );
  process.exitCode = faults.length === 0 ? 0 : 1;
} else writeFileSync(page, text);
