// The key in a file: made once, for its owner alone, and refused when others may read it.
import assert from 'node:assert/strict';
import { chmodSync, existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { createKeyFile } from '../../../src/adapters/audit/key-file.ts';
import type { AuditKey } from '../../../src/domain/audit-port.ts';
import { tempDirectory } from '../../support/temp-directory.ts';

const folder = tempDirectory('key-file');
const made = (name: string): AuditKey => createKeyFile(join(folder, name), { isMade: true });

test('a key is made when it is first needed, readable by its owner alone, and stays the same', async () => {
  const key = made('below/first.json');
  const before = existsSync(join(folder, 'below'));

  const signature = await key.sign('text');

  assert.equal(before, false);
  assert.equal(statSync(join(folder, 'below/first.json')).mode & 0o777, 0o600);
  assert.equal(await made('below/first.json').verify('text', signature), 'valid');
  assert.equal(signature.algorithm, 'ES256');
  assert.match(signature.keyId, /^file:[\w-]{43}$/);
});

test('many that make the key at the same time all sign with one', async () => {
  const signatures = await Promise.all(Array.from({ length: 8 }, () => made('race.json').sign('text')));

  assert.equal(new Set(signatures.map(({ keyId }) => keyId)).size, 1);
});

test('another text, another signature and another key are told apart', async () => {
  const [key, other] = [made('a.json'), made('b.json')];
  const signature = await key.sign('text');
  const foreign = await other.sign('text');

  const verdicts = await Promise.all([
    key.verify('text', signature),
    key.verify('texts', signature),
    key.verify('text', { ...signature, signature: foreign.signature }),
    key.verify('text', { ...signature, signature: 'no signature' }),
    key.verify('text', foreign),
  ]);

  assert.deepEqual(verdicts, ['valid', 'forged', 'forged', 'forged', 'unknown-key']);
});

test('a check makes no key: where there is none, it says so', async () => {
  const path = join(folder, 'absent.json');

  const checked = createKeyFile(path, { isMade: false }).sign('text');

  await assert.rejects(checked, { code: 'audit.key-invalid', message: /absent\.json: there is no such file/ });
  assert.equal(existsSync(path), false);
});

test('a file that others may read, or that holds no key, is refused with the cure', async () => {
  await made('open.json').sign('text');
  chmodSync(join(folder, 'open.json'), 0o644);
  writeFileSync(join(folder, 'text.json'), 'no key', { mode: 0o600 });
  const { d: _, ...publicPart } = JSON.parse(readFileSync(join(folder, 'a.json'), 'utf8')) as Record<string, string>;
  writeFileSync(join(folder, 'public.json'), JSON.stringify(publicPart), { mode: 0o600 });
  writeFileSync(join(folder, 'off-curve.json'), JSON.stringify({ ...publicPart, d: 'AAAA', x: 'AAAA' }), { mode: 0o600 });

  await assert.rejects(made('open.json').sign('text'), { code: 'audit.key-invalid', message: /chmod 600/ });
  for (const name of ['text.json', 'public.json', 'off-curve.json']) {
    await assert.rejects(made(name).sign('text'), { code: 'audit.key-invalid', message: /no private key on P-256/ });
  }
});
