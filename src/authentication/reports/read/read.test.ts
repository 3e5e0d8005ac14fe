import { deflateRawSync, gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { cpuTime } from '../../../../test/support/cpu.ts';
import { readReport } from './aggregate.ts';
import { type Found, openReport } from './container.ts';
import { type ReadLimits, readLimits, ReportError } from './limits.ts';

const record = `<record><row><source_ip>192.0.2.1</source_ip><count>3</count><policy_evaluated>
  <disposition>none</disposition><dkim>pass</dkim><spf>fail</spf></policy_evaluated></row>
  <identifiers><header_from>Example.org</header_from></identifiers>
  <auth_results><spf><domain>x.example</domain><result>hardfail</result></spf></auth_results></record>`;
const head = `<report_metadata><org_name>Them</org_name><email>a@them.example</email><report_id>1</report_id>
  <date_range><begin>1772409600</begin><end>1772495999</end></date_range></report_metadata>
  <policy_published><domain>example.org</domain><p>NONE</p><pct>100</pct></policy_published>`;
const plain = `<?xml version="1.0"?><feedback>${head}${record}</feedback>`;

const read = (xml: string | Uint8Array, limits?: ReadLimits) =>
  readReport(Buffer.from(xml as string), limits);

/** A ZIP file of stored or deflated members; `claim` is what its directory says of their sizes. */
function zip(members: Record<string, { data: Buffer; claim?: number; flags?: number }>): Buffer {
  const locals: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const [name, { data, claim = data.length, flags = 0 }] of Object.entries(members)) {
    const packed = deflateRawSync(data);
    const fields = Buffer.alloc(26);
    fields.writeUInt16LE(20, 0);
    fields.writeUInt16LE(flags, 2);
    fields.writeUInt16LE(8, 4);
    fields.writeUInt32LE(packed.length, 14);
    fields.writeUInt32LE(claim, 18);
    fields.writeUInt16LE(name.length, 22);
    const local = Buffer.concat([Buffer.from('PK\x03\x04'), fields, Buffer.from(name), packed]);
    const more = Buffer.alloc(14);
    more.writeUInt32LE(offset, 10);
    directory.push(Buffer.concat([Buffer.from('PK\x01\x02\x14\0'), fields, more, Buffer.from(name)]));
    locals.push(local);
    offset += local.length;
  }
  const entries = Buffer.concat(directory);
  const end = Buffer.alloc(18);
  end.writeUInt16LE(directory.length, 4);
  end.writeUInt16LE(directory.length, 6);
  end.writeUInt32LE(entries.length, 8);
  end.writeUInt32LE(offset, 12);
  return Buffer.concat([...locals, entries, Buffer.from('PK\x05\x06'), end]);
}

async function opened(bytes: Uint8Array, limits?: Partial<ReadLimits>): Promise<Found[]> {
  const found: Found[] = [];
  for await (const each of openReport('f', bytes, { ...readLimits, ...limits })) found.push(each);
  return found;
}

const fault = (text: string) => ({ name: expect.any(String), fault: expect.stringContaining(text) });
const document = { name: expect.any(String), xml: expect.anything() };

describe('reading a document', () => {
  test('of RFC 7489', () => {
    expect(read(plain)).toEqual({
      format: 'RFC 7489',
      defects: [],
      report: {
        metadata: {
          organization: 'Them',
          email: 'a@them.example',
          reportId: '1',
          begin: 1772409600,
          end: 1772495999,
          errors: [],
        },
        policy: { domain: 'example.org', p: 'none', pct: '100' },
        records: [
          {
            source: '192.0.2.1',
            count: 3,
            disposition: 'none',
            dkim: 'pass',
            spf: 'fail',
            reasons: [],
            headerFrom: 'example.org',
            dkimResults: [],
            spfResults: [{ domain: 'x.example', result: 'fail' }],
          },
        ],
      },
    });
  });

  test.each<[string, string | Buffer]>([
    ['a byte order mark', `\ufeff${plain}`],
    ['UTF-16', Buffer.from(`\ufeff${plain}`, 'utf16le')],
    ['UTF-16 without a mark, big-endian', Buffer.from(plain, 'utf16le').swap16()],
    ['another namespace', plain.replace('<feedback>', '<feedback xmlns="http://dmarc.org/dmarc-xml/0.1">')],
    ['a prefix', plain.replace(/<(\/?)(?!\?)/g, '<$1d:').replace('<d:feedback>', '<d:feedback xmlns:d="x">')],
    ['the records first', `<feedback>${record}${head}</feedback>`],
    [
      'unknown elements',
      plain.replace('</feedback>', '<extension><x:y xmlns:x="u">1</x:y></extension></feedback>'),
    ],
    ['milliseconds', plain.replace('1772409600', '1772409600123').replace('1772495999', '1772495999000')],
    [
      'dates',
      plain.replace('1772409600', '2026-03-02T00:00:00Z').replace('1772495999', '2026-03-02T23:59:59Z'),
    ],
    ['identities of old drafts', plain.replaceAll('identifiers>', 'identities>')],
    ['capitals', plain.replaceAll('count>', 'COUNT>')],
    ['comments and CDATA', plain.replace('Them', '<!-- x --><![CDATA[Them]]>')],
    ['a control character', plain.replace('<pct>100</pct>', '<pct>100</pct><fo>\u0001</fo>')],
  ])('with %s', (_, xml) => {
    const { report, defects } = read(xml);
    expect(defects).toEqual([]);
    expect(report.metadata).toMatchObject({ organization: 'Them', begin: 1772409600, end: 1772495999 });
    expect(report.records).toMatchObject([{ source: '192.0.2.1', count: 3, headerFrom: 'example.org' }]);
  });

  test('in its declared encoding', () => {
    const xml = plain.replace('"1.0"', '"1.0" encoding="ISO-8859-1"').replace('Them', 'M\xfcller');
    expect(read(Buffer.from(xml, 'latin1')).report.metadata.organization).toBe('Müller');
  });

  test.each([
    ['a count', plain.replace(record, record.replace('>3<', '>-3<') + record), 'without a count'],
    ['records', plain.replace(record, ''), 'no records'],
    ['a period', plain.replace('<begin>1772409600</begin>', '<begin>soon</begin>'), 'date_range'],
    ['an id', plain.replace('<report_id>1</report_id>', ''), 'report_id'],
    ['policy_evaluated', plain.replaceAll('policy_evaluated', 'policy'), 'policy_evaluated'],
  ])('without %s is read, and that is told', (_, xml, defect) => {
    expect(read(xml).defects).toEqual([expect.stringContaining(defect)]);
  });

  test.each([
    ['an empty text', '', 'no'],
    ['a cut document', plain.slice(0, 300), 'well-formed'],
    ['another root', '<html/>', '<html>'],
    ['no metadata', '<feedback/>', 'report_metadata'],
    ['a document type', `<!DOCTYPE feedback><feedback>${head}</feedback>`, 'document type'],
    [
      'entities',
      `<!DOCTYPE f [<!ENTITY a "x"><!ENTITY b "&a;&a;&a;">]><feedback>&b;${head}</feedback>`,
      'document type',
    ],
    ['an outer file', `<!DOCTYPE f SYSTEM "file:///etc/passwd"><feedback/>`, 'document type'],
    ['an unknown entity', plain.replace('Them', '&them;'), 'well-formed'],
    ['an unknown encoding', plain.replace('"1.0"', '"1.0" encoding="x-none"'), 'encoding'],
    ['deep elements', `<feedback>${'<a>'.repeat(100_000)}`, 'levels'],
    ['many children', `<feedback><report_metadata>${'<a/>'.repeat(2000)}`, 'children'],
  ])('refuses %s', (_, xml, text) => {
    expect(() => read(xml)).toThrow(ReportError);
    expect(() => read(xml)).toThrow(text);
  });

  test('has limits for rows and text', () => {
    const rows = `<feedback>${head}${record.repeat(4)}</feedback>`;
    expect(() => read(rows, { ...readLimits, records: 3 })).toThrow('3 records');
    const long = plain.replace('Them', 'x'.repeat(100_000));
    expect(read(long).report.metadata.organization).toHaveLength(readLimits.text);
  });

  test('a thousand rows take milliseconds, a megabyte of attributes or of text not much more', () => {
    const used = cpuTime(() => {
      expect(read(`<feedback>${head}${record.repeat(1000)}</feedback>`).report.records).toHaveLength(1000);
      const attributes = Array.from({ length: 60_000 }, (_, at) => `a${at}="xxxxxx"`).join(' ');
      expect(read(plain.replace('<feedback>', `<feedback ${attributes}>`)).defects).toEqual([]);
      read(plain.replace('Them', '&amp;'.repeat(200_000)));
    });
    expect(used).toBeLessThan(3000);
  });
});

describe('opening a file', () => {
  const xml = Buffer.from(plain);
  const mail = (type: string, data: Buffer, encoding = 'base64') =>
    Buffer.from(
      `From: a@them.example\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nHello\r\n--b\r\nContent-Type: ${type}\r\nContent-Transfer-Encoding: ${encoding}\r\n\r\n${
        encoding === 'base64' ? data.toString('base64') : data.toString('latin1')
      }\r\n--b--\r\n`,
    );

  test.each([
    ['XML', xml],
    ['gzip', gzipSync(xml)],
    ['ZIP', zip({ 'a.xml': { data: xml } })],
    ['ZIP of gzip', zip({ 'd/': { data: Buffer.alloc(0) }, 'd/a.xml.gz': { data: gzipSync(xml) } })],
    ['a mail', mail('application/gzip', gzipSync(xml))],
    ['a mail that calls it something else', mail('text/plain; name=x.doc', zip({ 'a.xml': { data: xml } }))],
    ['a mail with plain XML', mail('text/xml', xml, '7bit')],
    ['a mail that is the report', Buffer.from(`Content-Type: text/xml\n\n${plain}`)],
  ])('%s', async (_, bytes) => {
    const found = await opened(bytes);
    expect(found).toHaveLength(1);
    const [first] = found;
    expect(first !== undefined && 'xml' in first && readReport(first.xml).report.records).toHaveLength(1);
  });

  test('all reports of a ZIP file, and faults of its other files', async () => {
    const found = await opened(
      zip({
        'a.xml': { data: xml },
        'b.xml': { data: xml, flags: 1 },
        'c.xml.gz': { data: gzipSync(xml).subarray(0, 50) },
        'd.xml': { data: xml },
      }),
    );
    expect(found).toEqual([document, fault('encrypted'), fault('no whole gzip'), document]);
  });

  test.each<[string, Buffer, string, Partial<ReadLimits>]>([
    ['nothing', Buffer.alloc(0), 'no report', {}],
    ['text', Buffer.from('hello'), 'no report', {}],
    ['a mail without a report', mail('text/plain', Buffer.from('x')), 'no report', {}],
    ['a gzip bomb', gzipSync(Buffer.alloc(30_000_000, '<')), 'expands to more', {}],
    ['a large file', Buffer.alloc(2000, '<'), 'larger', { fileBytes: 1000 }],
    ['a large document', gzipSync(Buffer.alloc(2000, '<')), 'expands', { xmlBytes: 1000 }],
    ['a ZIP bomb', zip({ a: { data: Buffer.alloc(30_000_000, '<') } }), 'expands to more', {}],
    ['a ZIP file that lies', zip({ a: { data: Buffer.alloc(30_000_000, '<'), claim: 100 } }), 'too many', {}],
    ['half a ZIP file', zip({ a: { data: xml } }).subarray(0, 60), 'no whole ZIP', {}],
    ['a path', zip({ '../a.xml': { data: xml } }), 'ZIP file', {}],
    ['gzip in gzip in gzip', gzipSync(gzipSync(gzipSync(gzipSync(xml)))), 'packed too often', {}],
  ])('%s is a fault', async (_, bytes, text, limits) => {
    expect(await opened(bytes, limits)).toEqual([fault(text)]);
  });

  test('bombs side by side share what they may expand to', async () => {
    const members = Object.fromEntries(
      Array.from({ length: 20 }, (_, at) => [`${at}.xml`, { data: Buffer.alloc(900_000, '<') }]),
    );
    const found = await opened(zip(members), { ratio: 1 });
    expect(found.filter((each) => 'xml' in each)).toHaveLength(1);
    expect(await opened(zip(members), { members: 3 })).toEqual([fault('too many files')]);
  });

  test('never throws, whatever it is given', async () => {
    const seeds = [
      plain,
      gzipSync(xml),
      zip({ 'a.xml': { data: xml } }),
      mail('application/gzip', gzipSync(xml)),
    ];
    const broken = fc
      .tuple(
        fc.constantFrom(...seeds),
        fc.array(fc.tuple(fc.nat(5000), fc.nat(255)), { maxLength: 8 }),
        fc.nat(3000),
      )
      .map(([seed, changes, length]) => {
        const bytes = Buffer.from(seed as string).subarray(0, Math.max(length, 20));
        for (const [at, value] of changes) if (at < bytes.length) bytes[at] = value;
        return bytes;
      });
    await fc.assert(
      fc.asyncProperty(fc.oneof(broken, fc.uint8Array({ maxLength: 300 })), async (bytes) => {
        for (const each of await opened(Buffer.from(bytes)))
          if ('xml' in each)
            try {
              readReport(each.xml);
            } catch (error) {
              expect(error).toBeInstanceOf(ReportError);
            }
      }),
      { numRuns: 400 },
    );
  });
});
