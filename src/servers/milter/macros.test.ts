import { describe, expect, it } from 'vitest';
import { Macros } from './macros.ts';

describe('Macros', () => {
  it('looks a name up from the latest stage backwards, with braces or without', () => {
    const macros = new Macros();
    macros.define('C', [
      ['j', 'mta'],
      ['{x}', 'connect'],
    ]);
    macros.reached('C');
    macros.define('M', [['x', 'mail']]);
    macros.reached('M');
    expect(macros.get('{j}')).toBe('mta');
    expect(macros.get('x')).toBe('mail');
    expect(macros.get('{x}')).toBe('mail');
    expect(macros.get('y')).toBeUndefined();
  });

  it('forgets later stages at a command, and its own stage when nothing new was sent', () => {
    const macros = new Macros();
    macros.define('M', [['i', 'first']]);
    macros.reached('M');
    macros.define('R', [['rcpt_addr', 'a']]);
    macros.reached('R');
    expect(macros.get('rcpt_addr')).toBe('a');
    macros.reached('R');
    expect(macros.get('rcpt_addr')).toBeUndefined();
    macros.define('E', [['i', 'end']]);
    macros.reached('E');
    expect(macros.get('i')).toBe('end');
    macros.define('M', [['z', '1']]);
    macros.reached('M');
    expect(macros.get('i')).toBeUndefined();
    expect(macros.get('z')).toBe('1');
  });

  it('has those of the header before those of its end and those before the end of the message', () => {
    const macros = new Macros();
    for (const stage of ['T', 'L', 'N', 'B', 'E'] as const) {
      macros.define(stage, [['s', stage]]);
      macros.reached(stage);
      expect(macros.get('s')).toBe(stage);
    }
  });

  it('keeps those of an unknown command for that command only', () => {
    const macros = new Macros();
    macros.define('C', [['x', 'connect']]);
    macros.reached('C');
    macros.define('U', [['x', 'unknown']]);
    macros.reached('U');
    expect(macros.get('x')).toBe('unknown');
    macros.reached('H');
    expect(macros.get('x')).toBe('connect');
  });

  it('keeps connection and helo at the end of a message, and nothing when cleared', () => {
    const macros = new Macros();
    macros.define('H', [['tls_version', 'TLSv1.3']]);
    macros.reached('H');
    macros.define('M', [['auth_authen', 'anna']]);
    macros.reached('M');
    macros.endOfMessage();
    expect(macros.get('auth_authen')).toBeUndefined();
    expect(macros.get('tls_version')).toBe('TLSv1.3');
    macros.clear();
    expect(macros.get('tls_version')).toBeUndefined();
  });
});
