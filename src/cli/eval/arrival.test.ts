import { describe, expect, test } from 'vitest';
import { arrivalOf } from './arrival.ts';

const message = (...fields: string[]): Uint8Array => Buffer.from(`${fields.join('\r\n')}\r\n\r\nx\r\n`);
const RECEIVED = 'Received: from a by b; Tue, 10 Mar 2026 12:00:00 +0000';
const TIME = Date.UTC(2026, 2, 10, 12);

describe('how a stored message came', () => {
  test('sender of Return-Path, time of the top Received field', () => {
    const raw = message('Return-Path: <anna@example.org>', RECEIVED, 'Date: Mon, 09 Mar 2026 12:00:00 +0000');
    expect(arrivalOf(raw, undefined)).toEqual({
      envelope: { client: {}, sender: 'anna@example.org', recipients: [] },
      received: TIME,
    });
  });

  test('a bounce keeps its null sender; without a Return-Path the author stands in', () => {
    expect(arrivalOf(message('Return-Path: <>', 'From: a@example.org'), undefined).envelope.sender).toBe('');
    expect(arrivalOf(message('From: Anna <a@example.org>'), undefined).envelope.sender).toBe('a@example.org');
    expect(arrivalOf(message('Subject: x'), undefined).envelope.sender).toBe('');
  });

  test.each([
    ['agrees: the field knows the day', Date.UTC(2026, 2, 15), TIME],
    ['disagrees: the index is believed', Date.UTC(2020, 0, 15), Date.UTC(2020, 0, 15)],
  ])('the index %s', (_, noted, time) => {
    expect(arrivalOf(message(RECEIVED), noted).received).toBe(time);
  });

  test('the Date field when there is no Received field, and nothing when there is neither', () => {
    expect(arrivalOf(message('Date: Tue, 10 Mar 2026 12:00:00 +0000'), undefined).received).toBe(TIME);
    expect(arrivalOf(message('Subject: x'), undefined).received).toBeUndefined();
    expect(arrivalOf(new Uint8Array(), Date.UTC(2020, 0, 15)).received).toBe(Date.UTC(2020, 0, 15));
  });
});
