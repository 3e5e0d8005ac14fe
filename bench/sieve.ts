/**
 * Sieve: CPU time of one execution, the parse of the message counted in, and of compiling; beside Pigeonhole where
 * Debian's dovecot-sieve is installed: `node bench/sieve.ts [--json] [--seconds N]`. Its start, and its reading of the
 * mailbox, are subtracted by a run of `keep;` under the same `require`. CPU time is that of the whole process.
 */
import { parseArgs } from 'node:util';
import { parseMessage } from '../src/message/parse.ts';
import { compile, formatDiagnostic, run } from '../src/sieve/index.ts';
import type { Script } from '../src/sieve/types.ts';
import { findProgram } from '../test/support/peers.ts';
import { Pigeonhole } from '../test/support/pigeonhole.ts';
import { benchMail, emptyScript, ruleScript, type ScriptShape } from './support/sieve-scripts.ts';

const { values } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    seconds: { type: 'string', default: '2' },
    peer: { type: 'boolean', default: true },
  },
  allowNegative: true,
});
const limit = Number(values.seconds) * 1000;

/** The rules on headers, or those and on the body, of scripts of both lengths. */
const SHAPES: readonly (ScriptShape & { name: string })[] = [
  { name: '30 rules, 4 on the body', rules: 30, bodyRules: 4 },
  { name: '30 rules', rules: 30, bodyRules: 0 },
  { name: '300 rules, 40 on the body', rules: 300, bodyRules: 40 },
];
/** Octets of a mail, and of how many the peer's run consists: its clock counts in hundredths of a second. */
const SIZES = [
  { name: '5 KB', bytes: 5000, mails: 3000 },
  { name: '100 KB', bytes: 100_000, mails: 400 },
];
const COMPILED: ScriptShape = { rules: 500, bodyRules: 0 };

/** One line of the report; times in microseconds of CPU. */
interface Row {
  bench: 'sieve';
  task: string;
  tamis: number;
  pigeonhole?: number;
}

function compiled(source: string): Script {
  const { script, diagnostics } = compile(source);
  if (script === undefined)
    throw new Error(diagnostics.map((fault) => formatDiagnostic('bench', fault)).join('\n'));
  return script;
}

/** Parts of the time, of which the best counts: what else the machine does meanwhile only adds to it. */
const PARTS = 10;

/** CPU microseconds of one round of the work, after as many to warm up as fit half of the time. */
function measure(work: (round: number) => void): number {
  let round = 0;
  for (const end = performance.now() + limit / 2; performance.now() < end; ) work(round++);
  let best = Number.POSITIVE_INFINITY;
  for (let part = 0; part < PARTS; part++) {
    const before = process.cpuUsage();
    const from = round;
    for (const end = performance.now() + limit / PARTS; performance.now() < end; ) work(round++);
    const { user, system } = process.cpuUsage(before);
    best = Math.min(best, (user + system) / (round - from));
  }
  return best;
}

function execution(shape: ScriptShape, mails: readonly Uint8Array[]): number {
  const script = compiled(ruleScript(shape));
  const recipient = 'me@example.com';
  const envelope = { client: {}, sender: 'sender@lists.example.net', recipients: [{ address: recipient }] };
  const now = new Date('2026-11-19T10:00:00Z');
  return measure((round) => {
    const raw = mails[round % mails.length] ?? mails[0];
    if (raw === undefined) throw new Error('there are no mails');
    const running = run(script, { message: parseMessage(raw), envelope, recipient, now });
    let step = running.next();
    while (step.done !== true) step = running.next(undefined);
    if (step.value.error !== undefined) throw new Error(step.value.error.text);
  });
}

/** The same with Pigeonhole; the best of three runs each. */
function peerExecution(peer: Pigeonhole, shape: ScriptShape, count: number): number {
  peer.write('rules.sieve', ruleScript(shape));
  peer.write('empty.sieve', emptyScript(shape));
  const best = (script: string): number =>
    Math.min(...[1, 2, 3].map(() => cpuOf(peer.run('sieve-filter', ['-C', script, 'INBOX']))));
  return ((best('rules.sieve') - best('empty.sieve')) / count) * 1e6;
}

/** Starts of sievec, or scripts in the folder it is given. */
const COMPILATIONS = 100;

/** One start of sievec after another, as it is used, or a folder of copies at once; the best of three rounds each. */
function peerCompile(peer: Pigeonhole, together: boolean): number {
  const best = (name: string, source: string): number => {
    const file = peer.write(`${name}.sieve`, source);
    if (together) for (let copy = 0; copy < COMPILATIONS; copy++) peer.write(`${name}/${copy}.sieve`, source);
    const once = (): number =>
      together
        ? cpuOf(peer.run('sievec', [`${peer.folder}/${name}`]))
        : cpuOf(peer.run('sievec', [file, `${file}.svbin`], COMPILATIONS));
    return Math.min(once(), once(), once());
  };
  return ((best('rules', ruleScript(COMPILED)) - best('empty', emptyScript(COMPILED))) / COMPILATIONS) * 1e6;
}

function cpuOf({ status, stderr, cpu }: { status: number; stderr: string; cpu: number }): number {
  if (status !== 0) throw new Error(`Pigeonhole fails: ${stderr}`);
  return cpu;
}

const peer =
  values.peer && findProgram('sieve-filter') !== undefined && findProgram('sievec') !== undefined
    ? new Pigeonhole()
    : undefined;
if (peer === undefined) console.error('bench/sieve.ts: without Pigeonhole (Debian package dovecot-sieve)');
const rows: Row[] = [];
try {
  for (const size of SIZES) {
    const mails = Array.from({ length: size.mails }, (_, seed) => benchMail(size.bytes, seed));
    peer?.fill(mails);
    for (const shape of SHAPES) {
      const tamis = execution(shape, mails.slice(0, 100));
      const pigeonhole = peer === undefined ? undefined : peerExecution(peer, shape, mails.length);
      rows.push({ bench: 'sieve', task: `${shape.name}, mail of ${size.name}`, tamis, pigeonhole });
    }
  }
  const source = ruleScript(COMPILED);
  const tamis = measure(() => void compiled(source));
  for (const together of [false, true])
    rows.push({
      bench: 'sieve',
      task: `compile ${COMPILED.rules} rules${together ? ', many in one process' : ''}`,
      tamis,
      pigeonhole: peer === undefined ? undefined : peerCompile(peer, together),
    });
} finally {
  peer?.dispose();
}

if (values.json) for (const row of rows) console.log(JSON.stringify(row));
else {
  console.log(`${'µs of CPU'.padEnd(40)} ${'tamis'.padStart(9)} ${'pigeonhole'.padStart(11)}   share`);
  for (const { task, tamis, pigeonhole } of rows)
    console.log(
      `${task.padEnd(40)} ${tamis.toFixed(0).padStart(9)} ` +
        (pigeonhole === undefined
          ? ''
          : `${pigeonhole.toFixed(0).padStart(11)}   ${(tamis / pigeonhole).toFixed(2)}`),
    );
}
