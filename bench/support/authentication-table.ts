/** A line of `authentication.ts`: CPU milliseconds of one message. */
export interface AuthenticationFigure {
  bench: 'authentication';
  task: string;
  tamis: number;
  mailauth: number;
  /** Where the library is installed, and for what it knows. */
  opendkim?: number;
}

/** The figures as a table, with what of OpenDKIM's time ours is. */
export function authenticationTable(figures: readonly AuthenticationFigure[]): string {
  return [
    'authentication: CPU time of one message, the parse of the mail counted in',
    '| what | ms tamis | ms libopendkim | ms mailauth | share of libopendkim | share of mailauth |',
    '|---|---:|---:|---:|---:|---:|',
    ...figures.map(({ task, tamis, opendkim, mailauth }) => {
      const share = opendkim === undefined ? '' : (tamis / opendkim).toFixed(2);
      const times = [tamis, opendkim, mailauth].map((ms) => ms?.toFixed(3) ?? '');
      return `| ${task} | ${times.join(' | ')} | ${share} | ${(tamis / mailauth).toFixed(2)} |`;
    }),
  ].join('\n');
}
