import { gunzipSync } from 'node:zlib';
import fc from 'fast-check';
import PostalMime from 'postal-mime';
import { describe, expect, test } from 'vitest';
import { parseMessage } from '../../message/parse.ts';
import { composeReport, type Reporter } from './compose.ts';
import type { DomainCounts } from './counts.ts';
import { reportMail } from './mail.ts';
import { readReport } from './read/aggregate.ts';
import type { ReportRecord } from './types.ts';

const DAY = '2026-03-02';
const NOW = Date.UTC(2026, 2, 3, 1);
const settings = {
  organization: 'Us',
  email: 'reports@us.example',
  contact: '',
  domain: '',
  mailBytes: 10_000_000,
};
const reporter: Reporter = { settings, generator: 'Tamis 1', instance: 'i' };

const record = (more: Partial<ReportRecord> = {}): ReportRecord => ({
  source: '192.0.2.1',
  count: 1,
  disposition: 'none',
  dkim: 'pass',
  spf: 'fail',
  reasons: [],
  headerFrom: 'example.org',
  envelopeFrom: '',
  dkimResults: [{ domain: 'example.org', selector: 's', result: 'pass' }],
  spfResults: [{ domain: 'x.example', scope: 'mfrom', result: 'fail' }],
  ...more,
});
const counts = (records: ReportRecord[], more: Partial<DomainCounts> = {}): DomainCounts => ({
  policy: { domain: 'example.org', p: 'none' },
  rua: ['mailto:dmarc@example.org'],
  records,
  uncounted: 0,
  ...more,
});

describe('composing a report', () => {
  test('the same counts in any order make the same bytes, and rows stand by their counts', async () => {
    const records = [record(), record({ source: '192.0.2.2', count: 9 }), record({ source: '192.0.2.3' })];
    const one = await composeReport(DAY, counts(records), reporter);
    const other = await composeReport(DAY, counts(records.toReversed()), reporter);
    expect(other).toEqual(one);
    expect(one.report.records.map(({ count }) => count)).toEqual([9, 1, 1]);
    expect(one.fileName).toMatch(/^us\.example!example\.org!1772409600!1772495999![0-9a-f]{32}\.xml\.gz$/);
    expect(gunzipSync(one.gzipped).toString()).toBe(one.xml);
  });

  test('Report-IDs differ by day, domain and installation', async () => {
    const id = async (day: string, instance: string, domain: string) => {
      const about = counts([record()], { policy: { domain, p: 'none' } });
      return (await composeReport(day, about, { ...reporter, instance })).report.metadata.reportId;
    };
    const ids = await Promise.all([
      id(DAY, 'i', 'a.example'),
      id('2026-03-03', 'i', 'a.example'),
      id(DAY, 'j', 'a.example'),
      id(DAY, 'i', 'b.example'),
    ]);
    expect(new Set(ids).size).toBe(4);
  });

  test('what does not fit is left out from the rarest, and said', async () => {
    // Addresses that do not compress well.
    const records = Array.from({ length: 4000 }, (_, at) =>
      record({ source: `2001:db8::${((at * 2_654_435_761) >>> 0).toString(16)}`, count: at + 1 }),
    );
    const mailBytes = 20_000;
    const composed = await composeReport(DAY, counts(records, { uncounted: 7 }), {
      ...reporter,
      settings: { ...settings, mailBytes },
    });
    const mail = reportMail(composed, ['dmarc@example.org'], settings, NOW);
    expect(mail.length).toBeLessThanOrEqual(mailBytes);
    expect(mail.length).toBeGreaterThan(mailBytes / 2);
    const kept = composed.report.records;
    expect(kept.map(({ count }) => count)).toEqual(Array.from({ length: kept.length }, (_, at) => 4000 - at));
    const all = (4000 * 4001) / 2 + 7;
    expect(kept.reduce((sum, { count }) => sum + count, 0) + composed.left).toBe(all);
    expect(composed.xml).toContain(`<error>${composed.left} further messages`);
    expect(Buffer.from(mail).toString()).toContain(`Not included:   ${composed.left} messages`);
  });

  test('whatever the rows hold is read back as it was, but for what XML cannot hold', async () => {
    const clean = (text: string): string =>
      text
        .toWellFormed()
        .replace(/[^\t\n\r\x20-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, '\ufffd')
        .replace(/[\r\n\t]+/g, ' ')
        .trim();
    const hostile = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 40 }),
      fc.constantFrom(
        '</comment><x>',
        ']]>',
        '<![CDATA[',
        '&lt;',
        '\0\u0001\ud800',
        '--><!--',
        '<?x?>',
        '\ufffe',
      ),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(hostile, { minLength: 4, maxLength: 4 }), async (texts) => {
        const [comment = '', selector = '', reason = '', contact = ''] = texts;
        const dkimResults = [{ domain: 'a.example', selector, result: 'fail', comment }];
        const reasons = [{ type: 'other', comment: reason }];
        const { xml } = await composeReport(DAY, counts([record({ dkimResults, reasons })]), {
          ...reporter,
          settings: { ...settings, organization: `Us ${contact}` },
        });
        const { report, defects, format } = readReport(Buffer.from(xml));
        expect({ defects, format }).toEqual({ defects: [], format: 'RFC 9990' });
        expect(report.metadata.organization).toBe(clean(`Us ${contact}`));
        expect(report.records).toEqual([
          record({
            dkimResults: [
              { domain: 'a.example', selector: clean(selector), result: 'fail', comment: clean(comment) },
            ],
            reasons: [{ type: 'other', comment: clean(reason) }],
          }),
        ]);
      }),
      { numRuns: 300 },
    );
  });
});

describe('the mail of a report', () => {
  test('is well formed, 7-bit, and holds the file', async () => {
    const composed = await composeReport(DAY, counts([record()]), reporter);
    const mail = reportMail(composed, ['a@example.org', 'b@c.example'], settings, NOW);
    const text = Buffer.from(mail).toString('latin1');
    expect(text).toMatch(/^[\r\n\x20-\x7e]*$/);
    expect(text.replaceAll('\r\n', '')).not.toMatch(/[\r\n]/);
    expect(Math.max(...text.split('\r\n').map((line) => line.length))).toBeLessThan(200);
    const message = parseMessage(mail);
    expect(message.defects).toEqual([]);
    expect(message.header.get('from')?.addresses).toEqual([{ name: 'Us', address: 'reports@us.example' }]);
    expect(message.header.get('to')?.addresses.map(({ address }) => address)).toEqual([
      'a@example.org',
      'b@c.example',
    ]);
    const { reportId } = composed.report.metadata;
    expect(message.header.get('subject')?.value).toBe(
      `Report Domain: example.org Submitter: us.example Report-ID: <${reportId}>`,
    );
    expect(message.header.get('message-id')?.value).toBe(`<${reportId}@us.example>`);
    expect(message.header.get('date')?.date?.getTime()).toBe(NOW);
    const part = message.root.children[1];
    expect(part).toMatchObject({
      type: 'application/gzip',
      disposition: 'attachment',
      filename: composed.fileName,
    });
    expect(Buffer.from(part?.content ?? []).equals(composed.gzipped)).toBe(true);
    const other = await PostalMime.parse(mail);
    expect(other.attachments[0]?.filename).toBe(composed.fileName);
    expect(gunzipSync(other.attachments[0]?.content as ArrayBuffer).toString()).toBe(composed.xml);
  });

  test.each([
    ['Us & Co', 'Us & Co'],
    ['Us, "the" \\ Co.', 'Us, "the" \\ Co.'],
    ['Müller GmbH', 'Müller GmbH'],
    ['=?utf-8?Q?x?=', '=?utf-8?Q?x?='],
    ['a\r\nBcc: victim@example.net', 'a Bcc: victim@example.net'],
  ])('the name %j stands in From and nowhere else', async (organization, name) => {
    const composed = await composeReport(DAY, counts([record()]), reporter);
    const { header } = parseMessage(
      reportMail(composed, ['a@example.org'], { ...settings, organization }, NOW),
    );
    expect(header.get('from')?.addresses).toEqual([{ name, address: 'reports@us.example' }]);
    expect(header.get('bcc')).toBeUndefined();
  });
});
