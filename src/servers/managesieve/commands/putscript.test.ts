import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ANNA, ManageSieveRig } from '../../../../test/support/managesieve-rig.ts';

const rig = new ManageSieveRig();
const file = (name: string): string => join(rig.folder, 'sieve', ANNA, 'scripts', name);

test.each([
  ['quoted', 'PUTSCRIPT "a" "keep;"'],
  ['literals', 'PUTSCRIPT {1+}\r\na {5+}\r\nkeep;'],
  ['old literals', 'PUTSCRIPT {1}\r\na {5}\r\nkeep;'],
])('a script as %s', async (_, command) => {
  await rig.start();
  const client = await rig.loggedIn();
  expect((await client.command(command)).raw).toBe('OK "The script is kept"\r\n');
  expect(readFileSync(file('a.sieve'), 'utf8')).toBe('keep;');
});

test('the size counts octets, and the octets stay as they are', async () => {
  await rig.start();
  const client = await rig.loggedIn();
  const script = Buffer.from('# ü 語\r\n\r\nkeep;\n');
  const head = Buffer.from(`PUTSCRIPT "b\u00fcro" {${script.length}+}\r\n`);
  expect((await client.command(Buffer.concat([head, script]))).status).toBe('OK');
  expect(readFileSync(file('büro.sieve')).equals(script)).toBe(true);
});

test('an empty script is one', async () => {
  await rig.start();
  const client = await rig.loggedIn();
  expect((await client.command('PUTSCRIPT "a" {0+}\r\n')).status).toBe('OK');
  expect((await client.command('PUTSCRIPT "b" ""')).status).toBe('OK');
  expect((await client.command('SETACTIVE "a"')).status).toBe('OK');
});

test('errors: one is quoted, several are a literal, a line each; the old script stays', async () => {
  await rig.start();
  const client = await rig.loggedIn();
  await client.command('PUTSCRIPT "a" "keep;"');
  const one = await client.command('PUTSCRIPT "a" {11+}\r\nkeep;\r\nfoo;');
  expect(one).toMatchObject({ status: 'NO', code: '' });
  expect(one.raw).toMatch(/^NO "a: line 2: error: [^\r\n]*"\r\n$/);
  const several = await client.command('PUTSCRIPT "a" "foo; bar; baz;"');
  expect(several.raw).toMatch(/^NO \{\d+\}\r\n(?:a: line 1: error: .*\r\n){2}a: line 1: error: .*\r\n$/);
  expect(readFileSync(file('a.sieve'), 'utf8')).toBe('keep;');
  const source = Array.from({ length: 50 }, (_, at) => `foo${at};`).join('\r\n');
  const many = await client.command(`PUTSCRIPT "a" {${source.length}+}\r\n${source}`);
  expect(many.text.trimEnd().split('\r\n')).toHaveLength(21);
  expect(many.text).toMatch(/and 30 more$/);
});

test('a script that is not UTF-8 is refused with its line', async () => {
  await rig.start();
  const client = await rig.loggedIn();
  const answer = await client.command(
    Buffer.concat([Buffer.from('PUTSCRIPT "a" {4+}\r\n#'), Buffer.from([0xff, 0xfe, 0x0a])]),
  );
  expect(answer.raw).toMatch(/^NO "a: line 1: error: /);
});

test('warnings are one quoted line, and the script is kept', async () => {
  await rig.start();
  const client = await rig.loggedIn();
  const source = 'require ["fileinto","copy"];\r\nstop;\r\nkeep;\r\n';
  const answer = await client.command(`PUTSCRIPT "a" {${source.length}+}\r\n${source}`);
  expect(answer).toMatchObject({ status: 'OK', code: 'WARNINGS' });
  expect(answer.raw).toMatch(
    /^OK \(WARNINGS\) "a: line 1: warning: [^\r\n]*; a: line \d+: warning: [^\r\n]*"\r\n$/,
  );
  expect(readdirSync(file('..'))).toContain('scripts');
  expect(readFileSync(file('a.sieve'), 'utf8')).toBe(source);
});

test('warnings without end fit a quoted string', async () => {
  await rig.start();
  const client = await rig.loggedIn();
  const source = 'if address "from" "x@example.org" { keep; }\r\n'
    .replace('"from"', ':domain "from"')
    .repeat(60);
  const answer = await client.command(`PUTSCRIPT "a" {${source.length}+}\r\n${source}`);
  expect(answer).toMatchObject({ status: 'OK', code: 'WARNINGS' });
  expect(answer.raw).toMatch(/^OK \(WARNINGS\) ".*and \d+ more"\r\n$/);
  expect(Buffer.byteLength(answer.raw)).toBeLessThan(1060);
});

test('what is included and missing is a warning, what is there is none', async () => {
  await rig.start();
  const client = await rig.loggedIn();
  const source = 'require "include";\r\ninclude :personal "vacation";\r\n';
  const put = () => client.command(`PUTSCRIPT "USER" {${source.length}+}\r\n${source}`);
  const answer = await put();
  expect(answer).toMatchObject({ status: 'OK', code: 'WARNINGS' });
  expect(answer.text).toMatch(/^USER: line 2: warning: .*vacation/);
  await client.command('PUTSCRIPT "vacation" "keep;"');
  expect(await put()).toMatchObject({ status: 'OK', code: '' });
  // Two scripts that include each other would fail at each mail.
  const back = 'require "include";\r\ninclude :personal "USER";\r\n';
  const circle = await client.command(`PUTSCRIPT "vacation" {${back.length}+}\r\n${back}`);
  expect(circle).toMatchObject({ status: 'OK', code: 'WARNINGS' });
});

test.each([
  'PUTSCRIPT "" "keep;"',
  'PUTSCRIPT "a/b" "keep;"',
  'PUTSCRIPT "../../x" "keep;"',
  `PUTSCRIPT "${'x'.repeat(129)}" "keep;"`,
  'PUTSCRIPT {3+}\r\na\nb "keep;"',
  'PUTSCRIPT 1 "keep;"',
])('a name that cannot be: %j', async (command) => {
  await rig.start();
  const client = await rig.loggedIn();
  expect((await client.command(command)).status).toBe('NO');
  expect((await client.command('LISTSCRIPTS')).lines).toEqual([]);
});

test('a name that is not UTF-8', async () => {
  await rig.start();
  const client = await rig.loggedIn();
  const name = Buffer.concat([Buffer.from('PUTSCRIPT "'), Buffer.from([0xff]), Buffer.from('" "keep;"')]);
  expect((await client.command(name)).text).toBe('A string is not UTF-8');
});

test('quotas', async () => {
  await rig.start({ store: { maxScriptBytes: 100, maxScripts: 1 } });
  const client = await rig.loggedIn();
  const large = '#'.repeat(101);
  expect(await client.command(`PUTSCRIPT "a" {101+}\r\n${large}`)).toMatchObject({
    status: 'NO',
    code: 'QUOTA/MAXSIZE',
  });
  expect(await client.command(`PUTSCRIPT "a" "${large}"`)).toMatchObject({
    status: 'NO',
    code: 'QUOTA/MAXSIZE',
  });
  await client.command('PUTSCRIPT "a" "keep;"');
  expect(await client.command('PUTSCRIPT "b" "keep;"')).toMatchObject({
    status: 'NO',
    code: 'QUOTA/MAXSCRIPTS',
  });
  // So large that it is not even read over.
  expect((await client.command('PUTSCRIPT "a" {4000000000+}')).status).toBe('BYE');
  await client.hungUp();
});

test.each(['PUTSCRIPT "a" {20+}\r\ndiscard;', 'PUTSCRIPT "a" {8+}\r\ndiscard;', 'PUTSCRIPT "a" "discard;"'])(
  'a connection cut in the middle of %j leaves the old script',
  async (half) => {
    await rig.start();
    const client = await rig.loggedIn();
    await client.command('PUTSCRIPT "a" "keep;"');
    client.send(half);
    await new Promise((resolve) => setTimeout(resolve, 50));
    client.destroy();
    const other = await rig.loggedIn();
    expect((await other.command('GETSCRIPT "a"')).lines).toEqual(['{5}\r\nkeep;']);
    expect(readdirSync(join(rig.folder, 'sieve', ANNA, 'scripts'))).toEqual(['a.sieve']);
  },
);

test('a disk that fails is told as a passing failure', async () => {
  await rig.start({
    server: {
      scripts: {
        list: async () => [],
        get: async () => Buffer.alloc(0),
        haveSpace: async () => undefined,
        put: () => Promise.reject(new Error('disk /secret/path is full')),
        setActive: async () => undefined,
        delete: async () => undefined,
        rename: async () => undefined,
      },
    },
  });
  const client = await rig.loggedIn();
  const answer = await client.command('PUTSCRIPT "a" "keep;"');
  expect(answer).toMatchObject({ status: 'NO', code: 'TRYLATER' });
  expect(answer.raw).not.toContain('secret');
});
