import { parse, type DefaultTreeAdapterTypes } from 'parse5';
import { describe, expect, test } from 'vitest';
import { outcome } from '../testing.ts';
import { reportJson, reportOf } from '../report.ts';
import { htmlReport } from './html.ts';
import { plot, thin } from './plots.ts';
import { comparison, textReport } from './text.ts';

const outcomes = [
  ...Array.from({ length: 60 }, (_, index) => outcome('ham', 'list', [{ symbol: 'X', score: index / 20 }])),
  ...Array.from({ length: 60 }, (_, index) =>
    outcome('spam', 'trap', [{ symbol: 'Y', score: 2 + index / 8 }]),
  ),
];
const run = {
  engine: 'tamis <b>&"x"',
  version: '1.0',
  required: 6,
  outcomes,
  folds: ['list'],
  seconds: 2,
  cpuPerMessage: 1.5,
};
const report = reportOf(run, []);

describe('text', () => {
  const text = textReport([report], 10, { color: false });

  test('a line for each source and the total', () => {
    expect(text).toContain('120 messages in 2.0 s, 1.50 ms CPU a message');
    expect(text).toMatch(/^list +60 +0 +0\.00 %/m);
    expect(text).toMatch(/^trap +0 +0 +60 +32 +53\.33 %/m);
    expect(text).toMatch(/^total +60 +0 +0\.00 % +60 +32/m);
    expect(text).toMatch(/^Y +\d/m);
    expect(text).toContain('trained without what is judged: list');
  });

  test('no table of symbols when none is asked for', () => {
    expect(textReport([report], 0, { color: false })).not.toMatch(/^Y /m);
  });

  test('engines beside each other', () => {
    const lines = comparison([report, { ...report, engine: 'other', cpuPerMessage: undefined }])
      .trimEnd()
      .split('\n');
    expect(lines).toHaveLength(3);
    expect(lines[2]).toMatch(/^other +0\.00 % +46\.67 %/);
  });
});

describe('page', () => {
  const page = htmlReport([report]);
  const elements: DefaultTreeAdapterTypes.Element[] = [];
  const walk = (node: DefaultTreeAdapterTypes.Node): void => {
    if ('tagName' in node) elements.push(node);
    if ('childNodes' in node) node.childNodes.forEach(walk);
  };
  const errors: string[] = [];
  walk(parse(page, { onParseError: ({ code }) => errors.push(code) }));
  const named = (name: string) => elements.filter(({ tagName }) => tagName === name);

  test('is well formed and needs nothing from elsewhere', () => {
    expect(errors).toEqual([]);
    expect(named('script').concat(named('link'), named('img'))).toEqual([]);
    expect(page).not.toMatch(/https?:/);
  });

  test('holds both plots and both tables, names as text', () => {
    expect(named('svg')).toHaveLength(2);
    expect(named('table')).toHaveLength(2);
    expect(named('b')).toEqual([]);
    expect(page).toContain('tamis &lt;b&gt;&amp;&quot;x&quot;');
  });

  test('every place in a plot is a number within it', () => {
    const places = [...page.matchAll(/points="([^"]*)"/g)].flatMap(([, points = '']) => points.split(/[ ,]/));
    expect(places.length).toBeGreaterThan(100);
    for (const place of places) {
      expect(Number.isFinite(Number(place))).toBe(true);
      expect(Number(place)).toBeGreaterThanOrEqual(0);
      expect(Number(place)).toBeLessThanOrEqual(560);
    }
  });

  test('a plot of nothing is a plot', () => {
    const empty = reportOf({ ...run, outcomes: [] }, []);
    expect(htmlReport([empty])).toContain('<svg');
  });
});

test('JSON has no curve, but what it comes to', () => {
  const json = JSON.parse(JSON.stringify(reportJson(report))) as Record<string, unknown>;
  expect(json['roc']).toBeUndefined();
  expect(json['total']).toMatchObject({ ham: 60, spam: 60, hamLost: 0 });
  expect(Object.keys(json['sources'] as object)).toEqual(['list', 'trap']);
});

test('thinning keeps the ends', () => {
  const many = Array.from({ length: 1000 }, (_, index) => index);
  const few = thin(many, 10);
  expect([few.length, few[0], few.at(-1)]).toEqual([10, 0, 999]);
  expect(thin([1, 2], 10)).toEqual([1, 2]);
});

test('points outside of the axes are moved to their edge', () => {
  const axis = { label: 'x', from: 0.1, to: 1, ticks: [], scale: 'log', format: String } as const;
  const line = { name: 'a', points: [{ x: 0, y: 5 }], kind: 'line', color: 0 } as const;
  const inside = { ...line, points: [{ x: 0.1, y: 1 }] };
  expect(plot([line], axis, axis)).toBe(plot([inside], axis, axis));
});
