import { crc32, deflateSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { defaultAuthenticationSettings } from '../authentication/settings.ts';
import { zipOf } from './content/testing.ts';
import { silentLog } from '../log.ts';
import { defaultMessageLimits } from '../message/limits.ts';
import { defaultDnsSettings } from '../net/settings.ts';
import { createPool } from './pool.ts';
import { defaultFilterSettings } from './settings.ts';
import type { ScanRequest } from './types.ts';

const MEGABYTE = 1024 * 1024;
const HEAD = 'From: a@example.org\r\nTo: b@example.net\r\nSubject: x\r\nMIME-Version: 1.0\r\n';

function request(text: string): ScanRequest {
  const raw = new Uint8Array(new SharedArrayBuffer(text.length));
  raw.set(Buffer.from(text, 'latin1'));
  return { id: text.slice(0, 20), raw, envelope: { client: {}, sender: 'a@example.org', recipients: [] } };
}

const base64 = Buffer.alloc(57, 'The quick brown fox jumps over').toString('base64');
/** What somebody sends who wants to see the filter stop. */
const HOSTILE: Readonly<Record<string, () => string>> = {
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
    `${HEAD}Content-Type: image/png; name=a.png\r\nContent-Transfer-Encoding: binary\r\n\r\n${overfullPicture().toString('latin1')}`,
  'addresses without end': () => `From: ${'"a" <b@c.example>, (('.repeat(200_000)}\r\n\r\nx`,
};

function nestedArchives(): Buffer {
  let inner = zipOf([{ name: 'a.txt', data: Buffer.alloc(MEGABYTE) }]);
  for (let level = 0; level < 3; level++)
    inner = zipOf(Array.from({ length: 100 }, (_, index) => ({ name: `${index}.zip`, data: inner })));
  return inner;
}

/** A PNG whose header says 1000 by 1000 pixels of a byte. */
function overfullPicture(): Buffer {
  const chunk = (type: string, data: Buffer): Buffer => {
    const head = Buffer.alloc(8);
    head.writeUInt32BE(data.length);
    head.write(type, 4);
    const sum = Buffer.alloc(4);
    sum.writeUInt32BE(crc32(data, crc32(type)));
    return Buffer.concat([head, data, sum]);
  };
  const header = Buffer.from('000003e8000003e80800000000', 'hex');
  const data = deflateSync(Buffer.alloc(64 * MEGABYTE));
  const magic = Buffer.from('89504e470d0a1a0a', 'hex');
  return Buffer.concat([magic, chunk('IHDR', header), chunk('IDAT', data), chunk('IEND', Buffer.alloc(0))]);
}

describe('hostile messages', () => {
  test.each(Object.entries(HOSTILE))(
    '%s: a verdict in time, and others are served meanwhile',
    async (_, make) => {
      const timeLimit = 20_000;
      const filter = {
        ...defaultFilterSettings,
        pool: { ...defaultFilterSettings.pool, workers: 2, timeLimit, memoryLimit: 256 },
      };
      const scanner = createPool({
        filter,
        authentication: defaultAuthenticationSettings,
        dns: { ...defaultDnsSettings, zone: {} },
        message: defaultMessageLimits,
        log: silentLog,
      });
      const hostile = request(make());
      const small = request(`${HEAD}\r\nHello\r\n`);
      await scanner.scan(small);
      let isOver = false;
      const answer = scanner.scan(hostile).finally(() => {
        isOver = true;
      });
      let slowest = 0;
      do {
        const started = performance.now();
        await scanner.scan(small);
        slowest = Math.max(slowest, performance.now() - started);
        // oxlint-disable-next-line eslint/no-unmodified-loop-condition -- set by the promise above
      } while (!isOver);
      const verdict = await answer;
      expect(verdict.elapsed).toBeLessThan(timeLimit / 2);
      // A message behind the hostile one waits for it at most until the worker counts as stuck.
      expect(slowest).toBeLessThan(Math.max(2000, verdict.elapsed + 1000));
      await scanner.close();
    },
  );
});
