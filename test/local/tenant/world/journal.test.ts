import assert from 'node:assert/strict';
import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { createMemoryJournal, openFileJournal, writeLog } from '../../../../src/local/tenant/world/journal.ts';
import { tempDirectory } from '../../../support/temp-directory.ts';

const directory = tempDirectory('journal');
const entry = (atMs: number) => ({ atMs, tenantId: 't', changes: [{ kind: 'device.remove', device: atMs } as const] });

test('a journal in a file is read back as it was written', () => {
  const path = join(directory, 'whole.jsonl');
  const journal = openFileJournal(path);
  journal.append(entry(1));
  journal.append(entry(2));
  journal.close();

  const again = openFileJournal(path);
  again.append(entry(3));

  assert.deepEqual(
    [...again.entries()].map(({ sequence, atMs }) => [sequence, atMs]),
    [
      [1, 1],
      [2, 2],
      [3, 3],
    ],
  );
  again.close();
});

test('a last line that a crash tore is cut off, and the journal goes on', () => {
  const path = join(directory, 'torn.jsonl');
  const journal = openFileJournal(path);
  journal.append(entry(1));
  journal.close();
  appendFileSync(path, '{"sequence":2,"atMs":2,"ten');

  const again = openFileJournal(path);
  again.append(entry(9));

  assert.deepEqual(
    [...again.entries()].map(({ sequence, atMs }) => [sequence, atMs]),
    [
      [1, 1],
      [2, 9],
    ],
  );
  assert.ok(readFileSync(path, 'utf8').endsWith('\n'));
  again.close();
});

test('a damaged line in the middle is an error that names the file and the cure', () => {
  const path = join(directory, 'damaged.jsonl');
  writeFileSync(path, 'not json\n{"sequence":2}\n');

  assert.throws(() => openFileJournal(path), /damaged\.jsonl is damaged in line 1.*--reset/);
});

test('a long journal is read across its chunks', () => {
  const path = join(directory, 'long.jsonl');
  const journal = openFileJournal(path);
  const text = 'ü'.repeat(300_000);
  for (let count = 0; count < 6; count += 1) {
    journal.append({ ...entry(count), write: { appId: 'a', objectId: 'o', cmdlet: 'Set-X', parameters: { text } } });
  }

  const writes = [...writeLog(journal)];

  assert.deepEqual(
    writes.map(({ parameters }) => parameters['text'] === text),
    [true, true, true, true, true, true],
  );
  journal.close();
});

test('the write log holds who, what and when, and leaves out what nobody asked for over the wire', () => {
  const journal = createMemoryJournal();
  journal.append(entry(0));
  journal.append({
    ...entry(Date.parse('2026-11-24T08:00:00Z')),
    write: { appId: 'a', objectId: 'o', cmdlet: 'Clear-MobileDevice', parameters: { Identity: 'x' } },
  });

  assert.deepEqual(
    [...writeLog(journal)],
    [
      {
        sequence: 2,
        at: '2026-11-24T08:00:00.000Z',
        tenantId: 't',
        appId: 'a',
        objectId: 'o',
        cmdlet: 'Clear-MobileDevice',
        parameters: { Identity: 'x' },
      },
    ],
  );
});
