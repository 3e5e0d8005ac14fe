import { describe, expect, test } from 'vitest';
import { silentLog } from '../../log.ts';
import { createZoneResolver, type Zone } from '../../net/zone-resolver.ts';
import { createSqliteState } from '../../state/sqlite.ts';
import { StateError, type State } from '../../state/types.ts';
import type { Authentication } from '../types.ts';
import { type ReportOutbox, Reports, type ReportsOptions } from './reporter.ts';
import { defaultDmarcReportSettings } from './settings.ts';
import type { Observation } from './types.ts';

const DAY_MS = 86_400_000;
const DAY = '2026-03-02';
const END = Date.UTC(2026, 2, 3);
const running = new AbortController().signal;

const settings = {
  ...defaultDmarcReportSettings,
  enabled: true,
  organization: 'Us',
  email: 'reports@us.example',
  spread: 0,
};

const observation = (domain: string, rua = `mailto:dmarc@${domain}`): Observation => ({
  policy: { domain, p: 'none', discovery: 'psl' },
  rua: [rua],
  row: {
    source: '192.0.2.1',
    disposition: 'none',
    dkim: 'pass',
    spf: 'fail',
    reasons: [],
    headerFrom: domain,
    dkimResults: [],
    spfResults: [],
  },
});

/** A spool that outlives the processes of a test. */
class Spool implements ReportOutbox {
  readonly mails: { cause: string; recipients: readonly string[] }[] = [];
  async stage(mail: { cause: string; recipients: readonly string[] }) {
    return {
      commit: async (): Promise<string> => {
        this.mails.push(mail);
        return 'id';
      },
      abort: async (): Promise<boolean> => true,
    };
  }
  get causes(): Set<string> {
    return new Set(this.mails.map(({ cause }) => cause));
  }
  get recipients(): string[] {
    return this.mails.flatMap(({ recipients }) => recipients).toSorted();
  }
}

interface World {
  state: State;
  spool: Spool;
  clock: { now: number };
  /** A process: another one at each call. */
  start: (more?: Partial<ReportsOptions>) => Reports;
}

function world(zone: Zone = {}): World {
  const clock = { now: END - 3_600_000 };
  const state = createSqliteState({ path: ':memory:', log: silentLog, now: () => clock.now });
  const spool = new Spool();
  return {
    state,
    spool,
    clock,
    start: (more = {}) =>
      new Reports({
        settings,
        state,
        resolver: createZoneResolver(zone),
        outbox: spool,
        node: 'one',
        generator: 'Tamis',
        log: silentLog,
        now: () => clock.now,
        random: () => 0.5,
        ...more,
      }),
  };
}

async function counted(reports: Reports, ...domains: string[]): Promise<void> {
  for (const domain of domains) reports.counts.add(observation(domain), END - 3_600_000);
  await reports.counts.settled();
}

describe('the schedule', () => {
  test('what is damaged in the state costs one report, not those of the others', async () => {
    const { start, clock, spool, state } = world();
    await counted(start(), 'a.example', 'b.example', 'c.example', 'd.example');
    const junk = Buffer.from('{"phase":');
    await state.put(`dmarc/${DAY}/due`, junk);
    await state.put(`dmarc/${DAY}/policy/b.example`, junk);
    await state.put(`dmarc/${DAY}/row/c.example/1`, junk);
    clock.now = END + 6 * 3_600_000;
    await state.put(`dmarc/${DAY}/report/d.example`, junk);
    const reports = start();
    await reports.run(running);
    expect(spool.recipients).toEqual(['dmarc@a.example']);
    await reports.run(running);
    expect(spool.mails).toHaveLength(1);
  });

  test('nothing before the day is over and its moment has come; then once', async () => {
    const { start, clock, spool } = world();
    const reports = start({ settings: { ...settings, spread: 4 * 3600 } });
    await counted(reports, 'a.example', 'b.example');
    for (const time of [END - 1, END + 1000, END + 2 * 3_600_000]) {
      clock.now = time;
      await reports.run(running);
      expect(spool.mails).toEqual([]);
    }
    // The moment is kept: another process with other luck goes by it.
    clock.now = END + 2 * 3_600_000 + 60_000;
    await start({ settings: { ...settings, spread: 4 * 3600 }, random: () => 0.9 }).run(running);
    expect(spool.recipients).toEqual(['dmarc@a.example', 'dmarc@b.example']);
    clock.now += 3_600_000;
    await reports.run(running);
    await start().run(running);
    expect(spool.mails).toHaveLength(2);
  });

  test('late days are made up for, as long as they are kept', async () => {
    const { start, clock, spool } = world();
    await counted(start(), 'a.example');
    clock.now = END + 2.5 * DAY_MS;
    await start().run(running);
    expect(spool.mails).toHaveLength(1);
    const later = world();
    await counted(later.start(), 'a.example');
    later.clock.now = END + 3.5 * DAY_MS;
    await later.start().run(running);
    expect(later.spool.mails).toEqual([]);
  });

  test('a stop in the middle leaves the rest for the next start', async () => {
    const { start, clock, spool } = world();
    const reports = start();
    await counted(reports, 'a.example', 'b.example', 'c.example');
    clock.now = END + DAY_MS / 2;
    const stopping = new AbortController();
    const outbox: ReportOutbox = {
      stage(mail) {
        stopping.abort();
        return spool.stage(mail);
      },
    };
    await start({ outbox }).run(stopping.signal);
    expect(spool.mails).toHaveLength(1);
    await start().run(running);
    expect(spool.recipients).toEqual(['dmarc@a.example', 'dmarc@b.example', 'dmarc@c.example']);
  });

  test('what is asked for is sent at the next look, and not again at its own time', async () => {
    const { start, clock, spool } = world();
    const reports = start({ settings: { ...settings, spread: 36_000 } });
    await counted(reports, 'a.example', 'b.example');
    clock.now = END + 3_600_000;
    expect(await reports.request(DAY, 'b.example')).toBe(true);
    expect(await reports.request(DAY, 'a.example')).toBe(false);
    await reports.run(running);
    expect(spool.recipients).toEqual(['dmarc@b.example']);
    expect([await reports.isClosed(DAY, 'a.example'), await reports.isClosed(DAY, 'b.example')]).toEqual([
      false,
      true,
    ]);
    clock.now = END + DAY_MS / 2;
    await reports.run(running);
    expect(spool.recipients).toEqual(['dmarc@a.example', 'dmarc@b.example']);
  });
});

describe('each report once', () => {
  test('two nodes that begin at the same moment share the work', async () => {
    const { start, clock, spool } = world();
    const domains = Array.from({ length: 30 }, (_, at) => `d${at}.example`);
    await counted(start(), ...domains);
    clock.now = END + DAY_MS / 2;
    await Promise.all([start({ node: 'one' }).run(running), start({ node: 'two' }).run(running)]);
    expect(spool.recipients).toEqual(domains.map((domain) => `dmarc@${domain}`).toSorted());
  });

  test('a process that dies at any step, and is started again', async () => {
    for (let steps = 0; ; steps++) {
      const { start, clock, spool, state } = world();
      await counted(start(), 'a.example', 'b.example');
      clock.now = END + DAY_MS / 2;
      let left = steps;
      // From some call on nothing is done any more: neither in the state nor in the spool.
      const step = async <T>(call: () => Promise<T>): Promise<T> => {
        if (left-- <= 0) throw new StateError('dead', true);
        return call();
      };
      const dying = new Proxy(state, {
        get: (target, name: keyof State) => {
          const method = target[name] as (...parameters: unknown[]) => Promise<unknown>;
          return (...parameters: unknown[]) => step(() => method.apply(target, parameters));
        },
      });
      const outbox: ReportOutbox = {
        stage: (mail) =>
          step(async () => {
            const staged = await spool.stage(mail);
            return { commit: () => step(() => staged.commit()), abort: () => step(() => staged.abort()) };
          }),
      };
      await start({ state: dying, outbox })
        .run(running)
        .catch(() => undefined);
      const died = left < 0;
      const next = start();
      next.recover(spool.causes);
      await next.run(running);
      expect({ steps, recipients: spool.recipients }).toEqual({
        steps,
        recipients: ['dmarc@a.example', 'dmarc@b.example'],
      });
      if (!died) {
        expect(steps).toBeGreaterThan(20);
        break;
      }
    }
  });

  test("a dead node's claim is free for others after its time, and what may be in its spool later", async () => {
    const { start, clock, spool, state } = world();
    await counted(start(), 'a.example');
    clock.now = END + DAY_MS / 4;
    const { promise: staging, resolve } = Promise.withResolvers<void>();
    const outbox: ReportOutbox = {
      stage: () => {
        resolve();
        return new Promise(() => undefined);
      },
    };
    void start({ outbox }).run(running);
    await staging;
    const other = start({ node: 'two' });
    await other.run(running);
    expect(spool.mails).toEqual([]);
    clock.now += 16 * 60_000;
    await state.put(
      `dmarc/${DAY}/report/a.example`,
      Buffer.from('{"phase":"committing","node":"one","run":"x"}'),
      6 * 3600,
    );
    await other.run(running);
    expect(spool.mails).toEqual([]);
    clock.now += 7 * 3_600_000;
    await other.run(running);
    expect(spool.mails).toHaveLength(1);
  });
});

describe('to nobody', () => {
  test('a DNS that is away is waited for, then those it would tell of are left out', async () => {
    const zone: Zone = { 'a.example._report._dmarc.slow.example': 'TIMEOUT' };
    const { start, clock, spool } = world(zone);
    const reports = start();
    const two = { ...observation('a.example'), rua: ['mailto:x@slow.example', 'mailto:y@a.example'] };
    reports.counts.add(two, END - 1);
    reports.counts.add(observation('b.example', 'mailto:x@refused.example'), END - 1);
    await reports.counts.settled();
    clock.now = END + 3_600_000;
    await reports.run(running);
    expect(spool.mails).toEqual([]);
    expect(await reports.isClosed(DAY, 'b.example')).toBe(true);
    clock.now = END + 7 * 3_600_000;
    await reports.run(running);
    expect(spool.recipients).toEqual(['y@a.example']);
  });

  test('mail from where our reports come from, and answers to them, are not counted', async () => {
    const { start, clock } = world();
    const reports = start();
    const judged = (domain: string): Authentication => ({
      spf: { result: 'pass', domain, identity: 'mailfrom' },
      dkim: [],
      dmarc: {
        result: 'pass',
        domain,
        policy: 'none',
        policyDomain: domain,
        record: {
          p: 'none',
          adkim: 'r',
          aspf: 'r',
          fo: '0',
          rua: [`mailto:x@${domain}`],
          ruf: [],
          psd: 'u',
          testing: false,
        },
      },
      arc: { result: 'none', instances: 0 },
      iprev: 'none',
      field: '',
    });
    const to = (address: string) => ({
      client: { address: '192.0.2.1' },
      sender: '',
      recipients: [{ address }],
    });
    reports.observe(judged('us.example'), to('ann@us.example'));
    reports.observe(judged('a.example'), to('Reports@us.example'));
    reports.observe(judged('b.example'), to('ann@us.example'));
    await reports.counts.settled();
    expect(await reports.counts.domains(new Date(clock.now).toISOString().slice(0, 10))).toEqual([
      'b.example',
    ]);
  });
});
