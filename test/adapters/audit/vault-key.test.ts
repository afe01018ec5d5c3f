// The key in Key Vault, against a small https server that speaks the vault's wire: https://learn.microsoft.com/rest/api/keyvault/keys
import assert from 'node:assert/strict';
import { createHash, generateKeyPairSync, sign } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:https';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, beforeEach, test } from 'node:test';
import { createVaultKey } from '../../../src/adapters/audit/vault-key.ts';
import type { AuditKey } from '../../../src/domain/audit-port.ts';
import { createAuthority } from '../../../src/local/tenant/entra/authority.ts';
import { tempDirectory } from '../../support/temp-directory.ts';

const authority = await createAuthority(tempDirectory('vault'));
const versions = new Map<string, KeyObject>();
const newVersion = (name: string): void => void versions.set(name, generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey);

interface Reply {
  readonly status: number;
  readonly body: unknown;
}

let current = '';
let seen: string[] = [];
let disturb: (() => Reply | undefined) | undefined;

const server = createServer({ key: authority.key, cert: authority.cert }, (request, response) => void reply(request, response));
server.listen(0);
await once(server, 'listening');
const origin = `https://localhost:${(server.address() as AddressInfo).port}`;
after(() => {
  server.closeAllConnections();
  server.close();
});

async function reply(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { status, body } = await answer(request);
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

async function answer(request: IncomingMessage): Promise<Reply> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const body = Buffer.concat(chunks).toString();
  seen.push(`${request.method} ${request.url} ${request.headers.authorization}`);
  const [, version = current, isSign] = /^\/keys\/audit(?:\/(\w+)(\/sign)?)?\?api-version=7\.4$/.exec(request.url ?? '') ?? [
    undefined,
    'none',
  ];
  const key = versions.get(version);
  const disturbed = disturb?.();
  if (disturbed) return disturbed;
  if (!key) return { status: 404, body: { error: { code: 'KeyNotFound' } } };
  const kid = `${origin}/keys/audit/${version}`;
  if (!isSign) return { status: 200, body: { key: { kid, kty: 'EC', ...key.export({ format: 'jwk' }), d: undefined } } };
  const { alg, value } = JSON.parse(body) as { alg: string; value: string };
  return { status: 200, body: { kid, value: alg === 'ES256' ? signDigest(key, value) : '' } };
}

/** The vault gets a digest; the signature over the text is the same, so the test keeps which text has which digest. */
const texts = new Map(['one', 'two'].map((text) => [createHash('sha256').update(text).digest('base64url'), text]));
const signDigest = (key: KeyObject, digest: string): string =>
  sign('sha256', Buffer.from(texts.get(digest) ?? ''), { key, dsaEncoding: 'ieee-p1363' }).toString('base64url');

const scopes: string[] = [];
let elapsed = 0;
function newKey(keyUrl = `${origin}/keys/audit`): AuditKey {
  const getToken = async (scope: string | string[]): Promise<{ token: string; expiresOnTimestamp: number }> => {
    scopes.push(String(scope));
    return { token: 'a-token', expiresOnTimestamp: Number.MAX_SAFE_INTEGER };
  };
  return createVaultKey({ keyUrl, credential: { getToken }, ca: authority.caPem, elapsedMs: () => elapsed });
}

beforeEach(() => {
  versions.clear();
  newVersion('v1');
  current = 'v1';
  seen = [];
  disturb = undefined;
});

test('the vault signs a digest with the current version, and the signature is verified without asking it again', async () => {
  const key = newKey();

  const signature = await key.sign('one');
  const verdicts = [await key.verify('one', signature), await key.verify('two', signature)];

  assert.equal(signature.keyId, `${origin}/keys/audit/v1`);
  assert.deepEqual(verdicts, ['valid', 'forged']);
  assert.deepEqual(
    seen.map((line) => line.replace('?api-version=7.4', '')),
    ['GET /keys/audit Bearer a-token', 'POST /keys/audit/v1/sign Bearer a-token', 'GET /keys/audit/v1 Bearer a-token'],
  );
  assert.equal(scopes[0], 'https://localhost/.default');
});

test('a new version is signed with within the hour, and the former one is still believed', async () => {
  const key = newKey();
  const first = await key.sign('one');
  newVersion('v2');
  current = 'v2';
  const same = await key.sign('two');
  elapsed += 61 * 60_000;

  const second = await key.sign('two');

  assert.deepEqual(
    [first, same, second].map(({ keyId }) => keyId.slice(-2)),
    ['v1', 'v1', 'v2'],
  );
  assert.deepEqual([await key.verify('one', first), await key.verify('two', second)], ['valid', 'valid']);
});

test('keys of other vaults, other names and versions that are gone are unknown, and no other host is ever asked', async () => {
  const key = newKey();
  const signature = await key.sign('one');
  const asked = seen.length;
  const of = (keyId: string): ReturnType<AuditKey['verify']> => key.verify('one', { ...signature, keyId });

  const verdicts = await Promise.all([
    of('https://other.vault.azure.net/keys/audit/v1'),
    of(`${origin}/keys/audits/v1`),
    of(`${origin}/keys/audit/v1/../../other/v1`),
    of(`${origin}/keys/audit`),
    of('file:abc'),
  ]);

  assert.deepEqual(
    verdicts,
    Array.from({ length: 5 }, () => 'unknown-key'),
  );
  assert.equal(seen.length, asked);
  assert.equal(await of(`${origin}/keys/audit/v9`), 'unknown-key');
});

test('refusals and failures of the vault have names and cures', async () => {
  const key = newKey();
  disturb = () => ({ status: 403, body: { error: { code: 'Forbidden' } } });
  await assert.rejects(key.sign('one'), { code: 'audit.key-denied', message: /Key Vault Crypto User/ });
  disturb = () => ({ status: 200, body: { key: { kid: `${origin}/keys/audit/v1`, kty: 'RSA', n: 'abc', e: 'abc' } } });
  await assert.rejects(key.sign('one'), { code: 'audit.key-invalid', message: /P-256/ });
  disturb = undefined;
  versions.clear();
  await assert.rejects(key.sign('one'), { code: 'audit.key-invalid', message: /has no key/ });
  await assert.rejects(newKey('https://localhost:1/keys/audit').sign('one'), { code: 'audit.key-unavailable' });
  newVersion('v1');
  assert.equal((await key.sign('one')).keyId, `${origin}/keys/audit/v1`);
});

test('only the address of a key, without a version and over https, is taken', () => {
  for (const url of [
    'http://v.vault.azure.net/keys/a',
    'https://v.vault.azure.net/secrets/a',
    'https://v.vault.azure.net/keys/a/1',
    'key',
    '',
  ]) {
    assert.throws(() => newKey(url), { code: 'audit.key-invalid' }, url);
  }
});
