/** What somebody sends who wants to see the filter stop. */
import { crc32, deflateSync } from 'node:zlib';
import { zipOf } from '../../src/filter/content/testing.ts';

const MEGABYTE = 1024 * 1024;
export const HEAD = 'From: a@example.org\r\nTo: b@example.net\r\nSubject: x\r\nMIME-Version: 1.0\r\n';

const base64 = Buffer.alloc(57, 'The quick brown fox jumps over').toString('base64');
/** By what it is: makes the message. */
export const HOSTILE: Readonly<Record<string, () => string>> = {
  '50 MB of base64': () =>
    `${HEAD}Content-Type: application/pdf; name=a.pdf\r\nContent-Transfer-Encoding: base64\r\n\r\n${`${base64}\r\n`.repeat((50 * MEGABYTE) / 78)}`,
  '50 MB of text': () =>
    `${HEAD}\r\n${'lorem ipsum dolor https://example.org/a '.repeat((50 * MEGABYTE) / 40)}`,
  '10,000 parts': () =>
    `${HEAD}Content-Type: multipart/mixed; boundary=b\r\n\r\n${'--b\r\nContent-Type: text/html\r\n\r\n<a href=http://a.example>http://b.example</a>\r\n'.repeat(10_000)}--b--\r\n`,
  '100,000 header fields': () => `${HEAD}${'X-Spam-Flag: NO\r\nTo: c@example.org\r\n'.repeat(50_000)}\r\nx`,
  'nested 500 deep': () =>
    `${HEAD}${Array.from({ length: 500 }, (_, level) => `Content-Type: multipart/mixed; boundary="b${level}"\r\n\r\n--b${level}\r\n`).join('')}\r\nx`,
  '500 forwarded messages in each other': () =>
    `${HEAD}${'Content-Type: message/rfc822\r\n\r\n'.repeat(500)}\r\nx`,
  '10 MB of open elements': () =>
    `${HEAD}Content-Type: text/html\r\n\r\n${'<div><b>'.repeat((10 * MEGABYTE) / 8)}`,
  'a million links': () => `${HEAD}Content-Type: text/html\r\n\r\n${'<a href=//a.b>c</a>'.repeat(1_000_000)}`,
  'one word of 20 MB': () => `${HEAD}\r\n${'a'.repeat(20 * MEGABYTE)}`,
  'a subject of 5 MB': () => `Subject: ${'=?utf-8?B?QQ==?= A!'.repeat((5 * MEGABYTE) / 20)}\r\n\r\nx`,
  'archives nested a million times': () =>
    `${HEAD}Content-Type: application/zip; name=a.zip\r\nContent-Transfer-Encoding: binary\r\n\r\n${nestedArchives().toString('latin1')}`,
  'a picture of a million pixels with 64 MB of data': () =>
    `${HEAD}Content-Type: image/png; name=a.png\r\nContent-Transfer-Encoding: binary\r\n\r\n${picture(1000, 1000).toString('latin1')}`,
  'a picture that says it has 3.6 thousand million pixels': () =>
    `${HEAD}Content-Type: image/png; name=a.png\r\nContent-Transfer-Encoding: binary\r\n\r\n${picture(60_000, 60_000).toString('latin1')}`,
  '200 KB of one word, again and again': () => `${HEAD}\r\n${`${'viagra'.repeat(34_000)} `.repeat(3)}`,
  'bait for expressions that go back and forth': () => bait('text/plain', '\r\n'),
  'the same bait as HTML': () => bait('text/html', '<br>'),
  'addresses without end': () => `From: ${'"a" <b@c.example>, (('.repeat(200_000)}\r\n\r\nx`,
};

function nestedArchives(): Buffer {
  let inner = zipOf([{ name: 'a.txt', data: Buffer.alloc(MEGABYTE) }]);
  for (let level = 0; level < 3; level++)
    inner = zipOf(Array.from({ length: 100 }, (_, index) => ({ name: `${index}.zip`, data: inner })));
  return inner;
}

/** A PNG whose header says so many pixels of a byte; it unpacks to 64 MB. */
function picture(width: number, height: number): Buffer {
  const chunk = (type: string, data: Buffer): Buffer => {
    const head = Buffer.alloc(8);
    head.writeUInt32BE(data.length);
    head.write(type, 4);
    const sum = Buffer.alloc(4);
    sum.writeUInt32BE(crc32(data, crc32(type)));
    return Buffer.concat([head, data, sum]);
  };
  const header = Buffer.from('00000000000000000800000000', 'hex');
  header.writeUInt32BE(width);
  header.writeUInt32BE(height, 4);
  const data = deflateSync(Buffer.alloc(64 * MEGABYTE));
  const magic = Buffer.from('89504e470d0a1a0a', 'hex');
  return Buffer.concat([magic, chunk('IHDR', header), chunk('IDAT', data), chunk('IEND', Buffer.alloc(0))]);
}

/** Runs of what patterns repeat, each without the end that they look for. */
function bait(type: string, between: string): string {
  const runs = [
    'a',
    ' ',
    '=',
    '.',
    '<a href=http://',
    'http://a.',
    'your name: ',
    'x@',
    '<!',
    '"',
    '&#1',
    '%3',
    '<font ',
    '1,',
  ];
  const text = runs.map((run) => run.repeat(20_000 / run.length)).join(between);
  return `${HEAD}Content-Type: ${type}\r\n\r\n${text}${between}${'aaaa bbbb cccc dddd '.repeat(5000)}`;
}
