const UNITS = ['', 'K', 'M', 'G', 'T'] as const;

/** Octets for people: `512`, `3.4M`. */
export function octetsText(octets: number): string {
  let [value, unit] = [octets, 0];
  while (value >= 1024 && unit < UNITS.length - 1) [value, unit] = [value / 1024, unit + 1];
  return `${unit === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)}${UNITS[unit] ?? ''}`;
}

/** `65536`, `64K`, `10G` in octets; undefined for anything else. */
export function octetsOf(text: string): number | undefined {
  const [, amount = '', unit = ''] = /^(\d{1,15})([KMGT]?)$/i.exec(text) ?? [];
  const exponent = UNITS.findIndex((known) => known === unit.toUpperCase());
  const octets = Number(amount) * 1024 ** exponent;
  return amount === '' || !Number.isSafeInteger(octets) ? undefined : octets;
}
