import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { reportXml } from '../../src/authentication/reports/xml.ts';
import type { AggregateReport, ReportRecord } from '../../src/authentication/reports/types.ts';
import { describePeers, program } from '../support/peers.ts';

const SCHEMA = join(import.meta.dirname, 'aggregate-report.xsd');

const record: ReportRecord = {
  source: '2001:db8::1',
  count: 7,
  disposition: 'quarantine',
  dkim: 'fail',
  spf: 'fail',
  reasons: [{ type: 'other', comment: '<&>\0 ]]>' }, { type: 'policy_test_mode' }],
  headerFrom: 'example.org',
  envelopeFrom: '',
  envelopeTo: 'us.example',
  dkimResults: [
    { domain: 'a.example', selector: 's', result: 'fail', comment: 'x' },
    { domain: 'b.example', selector: 's', result: 'pass' },
  ],
  spfResults: [{ domain: 'x.example', scope: 'mfrom', result: 'softfail' }],
};
const full: AggregateReport = {
  metadata: {
    organization: 'Us <&>',
    email: 'reports@us.example',
    contact: 'https://us.example/',
    reportId: 'abc',
    begin: 1,
    end: 2,
    errors: ['one', 'two'],
    generator: 'Tamis',
  },
  policy: {
    domain: 'example.org',
    discovery: 'treewalk',
    p: 'reject',
    sp: 'none',
    np: 'quarantine',
    fo: '1:d',
    adkim: 'r',
    aspf: 's',
    testing: 'y',
  },
  records: [record, record],
};
const least: AggregateReport = {
  metadata: { organization: 'Us', email: 'a@us.example', reportId: '1', begin: 1, end: 2, errors: [] },
  policy: { domain: 'example.org', p: 'none' },
  records: [
    {
      source: '192.0.2.1',
      count: 1,
      disposition: 'pass',
      dkim: 'pass',
      spf: 'pass',
      reasons: [],
      headerFrom: 'example.org',
      dkimResults: [],
      spfResults: [],
    },
  ],
};

describePeers(['xmllint'], 'the schema of aggregate reports', () => {
  const validate = (xml: string) =>
    spawnSync(program('xmllint'), ['--nonet', '--noout', '--schema', SCHEMA, '-'], {
      input: xml,
      encoding: 'utf8',
    });

  it.each([
    ['with everything', full],
    ['with what must be there', least],
  ])('holds for a report %s', (_, report) => {
    expect(validate(reportXml(report))).toMatchObject({ status: 0 });
  });

  it('does not hold for others', () => {
    const xml = reportXml(full);
    for (const wrong of [
      xml.replace('<count>7<', '<count>-7<'),
      xml.replace(' xmlns=', ' x='),
      xml.replace('<spf>fail</spf>', ''),
    ])
      expect(validate(wrong).status).not.toBe(0);
  });
});
