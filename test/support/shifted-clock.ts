/** Loaded before a program (`--import`): its clock shows CLOCK_OFFSET milliseconds more, or less. */
const offset = Number(process.env['CLOCK_OFFSET'] ?? 0);
const RealDate = Date;

globalThis.Date = class extends RealDate {
  constructor(...parameters: [] | [number | string]) {
    if (parameters.length === 0) super(RealDate.now() + offset);
    else super(...(parameters as [number]));
  }

  static override now(): number {
    return RealDate.now() + offset;
  }
} as DateConstructor;
