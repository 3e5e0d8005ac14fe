import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { IndexDatabase } from './database.ts';
import { usageOf } from './mailboxes.ts';

test('usage counts a mailbox with all below it, and none whose name only begins the same', () => {
  const folder = mkdtempSync(join(tmpdir(), 'tamis-usage-'));
  const db = IndexDatabase.open(join(folder, 'index.sqlite'));
  try {
    expect(usageOf(db)).toEqual({ messages: 0, size: 0 });
    for (const [at, name] of ['INBOX', 'A', 'A/b', 'A/b/c', 'A.x', 'A0', 'Ab', 'Ä/b', 'a/b'].entries())
      db.run(
        'INSERT INTO mailbox (mailbox_id, name, uid_validity, messages, size) VALUES (?, ?, 1, ?, ?)',
        name,
        name,
        1,
        10 ** at,
      );
    expect(usageOf(db)).toEqual({ messages: 9, size: 111_111_111 });
    expect(usageOf(db, 'A')).toEqual({ messages: 3, size: 1110 });
    expect(usageOf(db, 'A/b')).toEqual({ messages: 2, size: 1100 });
    expect(usageOf(db, 'Ä')).toEqual({ messages: 1, size: 10_000_000 });
    expect(usageOf(db, 'none')).toEqual({ messages: 0, size: 0 });
  } finally {
    db.close();
    rmSync(folder, { recursive: true, force: true });
  }
});
