// The certificate authority of the simulated tenant: what it vouches for, how it is kept and renewed.
import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { createServer, request } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { createAuthority } from '../../../../src/local/tenant/entra/authority.ts';
import { tempDirectory } from '../../../support/temp-directory.ts';

const DAY_MS = 86_400_000;

describe('the certificate authority of the simulated tenant', () => {
  const directory = tempDirectory('authority');

  function get(url: string, ca: string, servername?: string): Promise<number> {
    return new Promise((resolve, reject) => {
      const call = request(url, { ca, ...(servername === undefined ? {} : { servername }) }, (answer) => {
        answer.resume();
        resolve(answer.statusCode ?? 0);
      });
      call.on('error', reject);
      call.end();
    });
  }

  test('a client that trusts it reaches localhost by name and by both addresses, and no other name', async (t) => {
    const authority = await createAuthority(join(directory, 'names'));
    const server = createServer({ key: authority.key, cert: authority.cert }, (_, answer) => answer.writeHead(204).end());
    server.listen(0, '::');
    await once(server, 'listening');
    t.after(() => server.close());
    const { port } = server.address() as AddressInfo;

    const statuses = await Promise.all(['localhost', '127.0.0.1'].map((host) => get(`https://${host}:${port}/`, authority.caPem)));

    assert.deepEqual(statuses, [204, 204]);
    // Node 22.23.3 itself refuses https to an IPv6 literal (tls.checkServerIdentity passes it to domainToASCII), so only the certificate is asked.
    assert.equal(new X509Certificate(authority.cert).checkIP('::1'), '::1');
    await assert.rejects(get(`https://127.0.0.1:${port}/`, authority.caPem, 'login.example.com'), {
      code: 'ERR_TLS_CERT_ALTNAME_INVALID',
    });
  });

  test('it stays the same from one start to the next, and its keys are readable by their owner only', async () => {
    const home = join(directory, 'same');
    const first = await createAuthority(home);

    const second = await createAuthority(home);

    assert.deepEqual(second, first);
    assert.equal(await readFile(first.caFile, 'utf8'), first.caPem);
    for (const name of await readdir(home)) {
      const { mode } = await stat(join(home, name));
      assert.equal(mode & 0o077, name.endsWith('.key.pem') ? 0 : 0o044, name);
    }
  });

  test('the server certificate is renewed before it ends, and the authority that clients trust stays', async () => {
    const home = join(directory, 'renewal');
    const start = Date.now();
    const first = await createAuthority(home, () => start);

    const kept = await createAuthority(home, () => start + 330 * DAY_MS);
    const renewed = await createAuthority(home, () => start + 340 * DAY_MS);

    assert.equal(kept.cert, first.cert);
    assert.notEqual(renewed.cert, first.cert);
    assert.equal(renewed.caPem, first.caPem);
    assert.ok(new X509Certificate(renewed.cert).verify(new X509Certificate(renewed.caPem).publicKey));
  });

  test('an authority near its end is replaced together with what it signed', async () => {
    const home = join(directory, 'end');
    const start = Date.now();
    const first = await createAuthority(home, () => start);

    const later = await createAuthority(home, () => start + 3630 * DAY_MS);

    assert.notEqual(later.caPem, first.caPem);
    assert.ok(new X509Certificate(later.cert).verify(new X509Certificate(later.caPem).publicKey));
    assert.equal(await readFile(later.caFile, 'utf8'), later.caPem);
  });

  test('damaged and missing files are made anew instead of stopping the start', async () => {
    const home = join(directory, 'damage');
    const first = await createAuthority(home);
    await truncate(join(home, 'server.key.pem'), 100);
    await rm(first.caFile);
    const repaired = await createAuthority(home);
    await writeFile(join(home, 'authority.key.pem'), 'not a certificate');

    const replaced = await createAuthority(home);

    assert.equal(repaired.caPem, first.caPem);
    assert.equal(await readFile(repaired.caFile, 'utf8'), replaced.caPem);
    assert.notEqual(repaired.cert, first.cert);
    assert.notEqual(replaced.caPem, first.caPem);
    assert.ok(new X509Certificate(replaced.cert).verify(new X509Certificate(replaced.caPem).publicKey));
  });
});
