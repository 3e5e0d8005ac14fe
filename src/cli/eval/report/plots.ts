/** Plots as SVG text: numbers in, markup out, no script. */

export interface Point {
  readonly x: number;
  readonly y: number;
}

export interface Series {
  readonly name: string;
  readonly points: readonly Point[];
  /** Points joined by a line, or a mark each. */
  readonly kind: 'line' | 'marks';
  /** Index of its colour. */
  readonly color: number;
}

export interface Axis {
  readonly label: string;
  readonly from: number;
  readonly to: number;
  /** Where lines and numbers stand. */
  readonly ticks: readonly number[];
  readonly scale: 'linear' | 'log';
  readonly format: (value: number) => string;
}

const WIDTH = 560;
const HEIGHT = 380;
const MARGIN = { left: 62, right: 16, top: 16, bottom: 46 } as const;
/** Told apart by people who see few colours, and on paper. */
const COLORS = ['#1b5e9b', '#c4511d', '#2e7d46', '#7b3f98', '#8a6d00', '#555555'] as const;

/** A plot with its legend. Points outside of the axes are moved to their edge. */
export function plot(series: readonly Series[], x: Axis, y: Axis): string {
  const atX = placing(x, MARGIN.left, WIDTH - MARGIN.right);
  const atY = placing(y, HEIGHT - MARGIN.bottom, MARGIN.top);
  const parts: string[] = [];
  for (const tick of x.ticks) {
    const at = atX(tick).toFixed(1);
    parts.push(
      `<line class="grid" x1="${at}" x2="${at}" y1="${MARGIN.top}" y2="${HEIGHT - MARGIN.bottom}"/>`,
    );
    parts.push(
      `<text x="${at}" y="${HEIGHT - MARGIN.bottom + 16}" text-anchor="middle">${escapeMarkup(x.format(tick))}</text>`,
    );
  }
  for (const tick of y.ticks) {
    const at = atY(tick).toFixed(1);
    parts.push(`<line class="grid" x1="${MARGIN.left}" x2="${WIDTH - MARGIN.right}" y1="${at}" y2="${at}"/>`);
    parts.push(
      `<text x="${MARGIN.left - 6}" y="${Number(at) + 4}" text-anchor="end">${escapeMarkup(y.format(tick))}</text>`,
    );
  }
  parts.push(
    `<text x="${(MARGIN.left + WIDTH - MARGIN.right) / 2}" y="${HEIGHT - 8}" text-anchor="middle">${escapeMarkup(x.label)}</text>`,
    `<text x="14" y="${HEIGHT / 2}" text-anchor="middle" transform="rotate(-90 14 ${HEIGHT / 2})">${escapeMarkup(y.label)}</text>`,
  );
  for (const [index, one] of series.entries()) {
    const color = COLORS[one.color % COLORS.length] ?? COLORS[0];
    const places = one.points.map((point) => [atX(point.x).toFixed(1), atY(point.y).toFixed(1)] as const);
    if (one.kind === 'line')
      parts.push(
        `<polyline fill="none" stroke="${color}" stroke-width="2" points="${places.map((place) => place.join(',')).join(' ')}"/>`,
      );
    else for (const [cx, cy] of places) parts.push(`<circle cx="${cx}" cy="${cy}" r="4" fill="${color}"/>`);
    const legend = HEIGHT - MARGIN.bottom - 14 - 18 * (series.length - 1 - index);
    parts.push(
      `<rect x="${WIDTH - MARGIN.right - 190}" y="${legend - 9}" width="12" height="10" fill="${color}"/>`,
      `<text x="${WIDTH - MARGIN.right - 172}" y="${legend}">${escapeMarkup(one.name)}</text>`,
    );
  }
  return `<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${escapeMarkup(`${y.label} over ${x.label}`)}">${parts.join('')}</svg>`;
}

function placing({ from, to, scale }: Axis, start: number, end: number): (value: number) => number {
  const map = scale === 'log' ? Math.log10 : (value: number): number => value;
  return (value) => {
    const inside = Math.min(Math.max(value, from), to);
    return start + ((map(inside) - map(from)) / (map(to) - map(from))) * (end - start);
  };
}

/** At most `most` points of a step curve, the first and last among them: a page need not hold ten thousand. */
export function thin<T>(points: readonly T[], most: number): T[] {
  if (points.length <= most) return [...points];
  return Array.from(
    { length: most },
    (_, index) => points[Math.round((index * (points.length - 1)) / (most - 1))] as T,
  );
}

/** Text that is no markup, in elements and quoted attributes. */
export function escapeMarkup(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}
