import fc from 'fast-check';
import { expect, test } from 'vitest';
import { childOf, XmlStream, type XmppElement } from './xml-stream.ts';

const HEAD =
  "<?xml version='1.0'?><stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'>";

/** What is told of the pieces. */
function read(...pieces: (string | Uint8Array)[]): { elements: XmppElement[]; told: string[] } {
  const elements: XmppElement[] = [];
  const told: string[] = [];
  const stream = new XmlStream({
    element: (element) => void elements.push(element),
    end: () => void told.push('end'),
    fault: (text) => void told.push(text),
  });
  for (const piece of pieces) stream.write(Buffer.from(piece));
  return { elements, told };
}

test('elements below the root, with what is in them, as soon as they have ended', () => {
  const { elements, told } = read(
    HEAD,
    "<a x='1' xml:lang='de'>eins<b xmlns='urn:b'>zw&#101;i<![CDATA[<&>]]></b> drei</a> <c",
    '/>',
  );
  expect(elements.map(({ name, namespace, text }) => [name, namespace, text])).toEqual([
    ['a', 'jabber:client', 'eins drei'],
    ['c', 'jabber:client', ''],
  ]);
  const [a] = elements;
  expect([...(a?.attributes ?? [])]).toEqual([['x', '1']]);
  expect(a === undefined ? undefined : childOf(a, 'b', 'urn:b')?.text).toBe('zwei<&>');
  expect(told).toEqual([]);
});

test('however it is cut, within characters too', () => {
  const bytes = Buffer.from(`${HEAD}<a>grün €😀</a><b/></stream:stream>`);
  fc.assert(
    fc.property(fc.array(fc.nat({ max: bytes.length }), { maxLength: 8 }), (cuts) => {
      const places = [0, ...cuts.sort((one, other) => one - other), bytes.length];
      const pieces = places.slice(1).map((end, index) => bytes.subarray(places[index], end));
      const { elements, told } = read(...pieces);
      expect(elements.map(({ text }) => text)).toEqual(['grün €😀', '']);
      expect(told).toEqual(['end']);
    }),
    { numRuns: 200 },
  );
});

test('what is no stream, or too much of one, is told once', () => {
  const cases: Readonly<Record<string, string>> = {
    'HTTP/1.1 400 Bad Request': 'cannot be read',
    '<html><p/></html>': 'it is no stream',
    [`${HEAD}</a>`]: 'end',
    [`${HEAD}<a>&lol;</a>`]: 'cannot be read',
    "<!DOCTYPE x [<!ENTITY lol 'lol'>]><x/>": 'it has a document type',
    [`${HEAD}${'<a>'.repeat(40)}`]: 'too much in it',
    [`${HEAD}<a>${'<b/>'.repeat(1001)}`]: 'too much in it',
    [`${HEAD}<a>${'x'.repeat(300_000)}`]: 'too large',
    [`${HEAD}<a ${'x'.repeat(300_000)}`]: 'too large',
  };
  for (const [text, fault] of Object.entries(cases)) {
    const { elements, told } = read(...(text.match(/.{1,65536}/gs) ?? []), '<more/>', '</stream:stream>');
    expect(elements).toEqual([]);
    expect(told.length).toBe(1);
    expect(told[0]).toContain(fault);
  }
});

test('nothing that is sent throws', () => {
  const piece = fc.oneof(
    fc.constantFrom(
      HEAD,
      '<a>',
      '</a>',
      '<stream:error>',
      '</stream:stream>',
      "<a x='",
      '&#0;',
      ']]>',
      '<?x',
      '<!--',
    ),
    fc.string({ unit: fc.constantFrom(...'<>&;\'"=/!?[]-:ax \0é'.split('')), maxLength: 12 }),
    fc.uint8Array({ maxLength: 6 }),
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 20 }), (pieces) => {
      expect(read(...pieces).told.length).toBeLessThanOrEqual(1);
    }),
    { numRuns: 500 },
  );
});
