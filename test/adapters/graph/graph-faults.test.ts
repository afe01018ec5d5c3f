// The Graph adapters when Graph does not play along: throttling, outages, lost connections, torn and tampered answers, refused tokens.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createGraphDirectory } from '../../../src/adapters/graph/graph-directory.ts';
import { createGraphMail } from '../../../src/adapters/graph/graph-mail.ts';
import type { DirectoryChange } from '../../../src/domain/directory-port.ts';
import type { OutgoingMail } from '../../../src/domain/mail-port.ts';
import { startGraph } from './graph-fixture.ts';
import type { GraphFixture } from './graph-fixture.ts';
import { startListener, TENANT } from './tenant-fixture.ts';

const sender = 'admin@contoso.example';
const aMail: OutgoingMail = { id: 'm1', sender, to: ['bob@contoso.example'], subject: 's', body: { form: 'text', content: 'c' } };

function directoryOf({ world }: GraphFixture): NonNullable<ReturnType<typeof world.organization>>['directory'] {
  const organization = world.organization(TENANT);
  assert.ok(organization);
  return organization.directory;
}

async function countUsers(fixture: GraphFixture): Promise<number> {
  let count = 0;
  for await (const page of createGraphDirectory(fixture.options).users()) count += page.length;
  return count;
}

const idOf = (change: DirectoryChange): string => (change.kind === 'changed' ? change.user.id : change.id);

/** Calls of Graph that arrived. */
function callsOf({ arrived }: GraphFixture): string[] {
  return arrived.filter(({ target }) => target.startsWith('/v1.0/')).map(({ method, target }) => `${method} ${target}`);
}

describe('throttling', () => {
  test('a wait in seconds is kept, and the read is complete', async () => {
    const fixture = await startGraph();
    fixture.graph.faults.add({ matches: /^GET \/users$/, times: 2, effect: { kind: 'status', status: 429, retryAfter: '7' } });
    const usage = { requests: 0, throttled: 0 };

    let count = 0;
    for await (const page of createGraphDirectory(fixture.options).users({ usage })) count += page.length;

    assert.equal(count, directoryOf(fixture).userCount);
    assert.deepEqual(fixture.pauses, [7000, 7000]);
    assert.deepEqual(usage, { requests: 3, throttled: 2 });
  });

  test('a wait until a date is kept by the clock of the app', async () => {
    const fixture = await startGraph();
    const clock = { now: () => '2026-03-01T00:00:00.000Z' };
    fixture.graph.faults.add({ effect: { kind: 'status', status: 429, retryAfter: 'Sun, 01 Mar 2026 00:00:12 GMT' } });

    await createGraphDirectory({ ...fixture.options, clock }).group('00000000-0000-4000-8000-000000000000');

    assert.deepEqual(fixture.pauses, [12_000]);
  });

  test('without a wait the pauses grow, and after four attempts the call is given up as throttled', async () => {
    const fixture = await startGraph();
    fixture.graph.faults.add({ times: 9, effect: { kind: 'status', status: 429, text: 'Too Many Requests' } });

    await assert.rejects(countUsers(fixture), { code: 'graph.throttled' });

    assert.deepEqual(fixture.pauses, [1000, 2000, 4000]);
    assert.equal(callsOf(fixture).length, 4);
  });

  test('a wait too long for an activity is left to the caller', async () => {
    const fixture = await startGraph();
    fixture.graph.faults.add({ effect: { kind: 'status', status: 429, retryAfter: '300' } });

    await assert.rejects(countUsers(fixture), (error: { code?: string; details?: { retryAfterSeconds?: number } }) => {
      assert.equal(error.code, 'graph.throttled');
      assert.equal(error.details?.retryAfterSeconds, 300);
      return true;
    });

    assert.deepEqual(fixture.pauses, []);
  });

  test('of a batch, only the part that was put off is asked for again', async () => {
    const fixture = await startGraph();
    const ids = [...directoryOf(fixture).users()].slice(0, 25).map(({ id }) => id);
    fixture.graph.faults.add({ matches: new RegExp(`users/${ids[3]}$`), effect: { kind: 'status', status: 429, retryAfter: '3' } });
    const usage = { requests: 0, throttled: 0 };

    const users = await createGraphDirectory(fixture.options).usersById(ids, { usage });

    assert.deepEqual(
      users.map(({ id }) => id),
      ids,
    );
    assert.deepEqual(fixture.pauses, [3000]);
    assert.deepEqual(usage, { requests: 3, throttled: 1 });
  });

  test('a throttled message is sent once the wait is over', async () => {
    const fixture = await startGraph();
    fixture.graph.faults.add({ matches: /sendMail/, effect: { kind: 'status', status: 429, retryAfter: '2' } });

    await createGraphMail(fixture.options).send(aMail);

    assert.equal(directoryOf(fixture).sentMail().length, 1);
    assert.deepEqual(fixture.pauses, [2000]);
  });
});

describe('outages', () => {
  for (const effect of [
    { kind: 'status', status: 503, text: '<html>Service Unavailable</html>' },
    { kind: 'status', status: 504 },
    { kind: 'lost', fate: 'reset' },
    { kind: 'lost', fate: 'cut' },
  ] as const) {
    test(`a read goes on after ${JSON.stringify(effect)} on its second page`, async () => {
      const fixture = await startGraph({ mailboxes: 1200 });
      const reading = createGraphDirectory(fixture.options).users();
      const ids = new Set<string>();
      for await (const page of reading) {
        if (ids.size === 0) fixture.graph.faults.add({ matches: /^GET \/users$/, effect });
        for (const { id } of page) ids.add(id);
      }

      assert.equal(ids.size, directoryOf(fixture).userCount);
      assert.equal(fixture.pauses.length, 1);
    });
  }

  test('an outage that lasts fails the read', async () => {
    const fixture = await startGraph();
    fixture.graph.faults.add({ times: 9, effect: { kind: 'status', status: 500 } });

    await assert.rejects(countUsers(fixture), { code: 'graph.unavailable' });
  });

  for (const effect of [
    { kind: 'status', status: 503 },
    { kind: 'lost', fate: 'reset' },
  ] as const) {
    test(`a message is not sent a second time after ${JSON.stringify(effect)}, and nobody claims to know whether it went out`, async () => {
      const fixture = await startGraph();
      fixture.graph.faults.add({ matches: /sendMail/, effect });

      await assert.rejects(createGraphMail(fixture.options).send(aMail), (error: { code?: string; details?: { isSent?: string } }) => {
        assert.equal(error.code, 'graph.unavailable');
        assert.equal(error.details?.isSent, 'unknown');
        return true;
      });

      assert.equal(callsOf(fixture).length, 1);
      assert.equal(directoryOf(fixture).sentMail().length, effect.kind === 'lost' ? 1 : 0);
    });
  }

  test('a cancelled wait ends the call', async () => {
    const fixture = await startGraph();
    const stop = new AbortController();
    fixture.graph.faults.add({ effect: { kind: 'status', status: 429, retryAfter: '20' } });
    const pause = async (): Promise<void> => {
      stop.abort();
      stop.signal.throwIfAborted();
    };

    const reading = createGraphDirectory({ ...fixture.options, pause }).group('any', { signal: stop.signal });

    await assert.rejects(reading, { name: 'AbortError' });
  });
});

describe('answers that cannot be right', () => {
  test('a link to another host fails the read, and that host hears nothing', async () => {
    const fixture = await startGraph({ mailboxes: 1200 });
    let heard = 0;
    const foreign = await startListener((_, response) => {
      heard += 1;
      response.end('{}');
    });
    const effect = { kind: 'foreign-link', host: new URL(foreign).host } as const;
    fixture.graph.faults.add({ matches: /^GET \/users$/, effect });
    fixture.graph.faults.add({ matches: /^GET \/users\/delta$/, effect });

    await assert.rejects(countUsers(fixture), { code: 'graph.unexpected' });
    await assert.rejects(
      async () => {
        for await (const page of createGraphDirectory(fixture.options).userChanges(undefined)) assert.equal(page.changes.length, 0);
      },
      { code: 'graph.unexpected' },
    );

    assert.equal(heard, 0);
  });

  test('a redirect is not followed', async () => {
    const fixture = await startGraph();
    const heard: string[] = [];
    const foreign = await startListener((request, response) => {
      heard.push(request.headers.authorization ?? '');
      response.end('{"value":[]}');
    });
    const redirecting = await startListener((_, response) => response.writeHead(302, { location: foreign }).end());
    const endpoints = { graph: redirecting, graphScope: fixture.endpoints.graphScope };

    await assert.rejects(createGraphDirectory({ ...fixture.options, endpoints }).group('any'), { code: 'graph.unavailable' });

    assert.deepEqual(heard, []);
  });

  test('a cursor that leads elsewhere is refused before anything is sent', async () => {
    const fixture = await startGraph();
    const changes = (cursor: string): Promise<IteratorResult<unknown>> =>
      createGraphDirectory(fixture.options).userChanges(cursor)[Symbol.asyncIterator]().next();

    await assert.rejects(changes('changes https://graph.example/v1.0/users/delta?$deltatoken=1'), { code: 'graph.unexpected' });
    await assert.rejects(changes(`changes ${fixture.origin.replace('https://', 'https://user:pass@')}/v1.0/users/delta`), {
      code: 'graph.unexpected',
    });
    await assert.rejects(changes(`changes ${fixture.origin}/other/users/delta`), { code: 'graph.unexpected' });
    await assert.rejects(changes('made up'), { code: 'graph.unexpected' });

    assert.deepEqual(fixture.arrived, []);
  });

  for (const kind of ['incomplete', 'half-body', 'endless'] as const) {
    test(`a list is not taken for whole when a page is ${kind}`, async () => {
      const fixture = await startGraph({ mailboxes: 30 });
      fixture.graph.faults.add({ times: 3, effect: { kind } });

      await assert.rejects(countUsers(fixture), { code: 'graph.unexpected' });
    });
  }

  test('a batch that leaves a part unanswered fails as a whole', async () => {
    const fixture = await startGraph();
    const ids = [...directoryOf(fixture).users()].slice(0, 3).map(({ id }) => id);
    fixture.graph.faults.add({ matches: /\$batch/, effect: { kind: 'incomplete' } });

    await assert.rejects(createGraphDirectory(fixture.options).usersById(ids), { code: 'graph.unexpected' });
  });

  test('a cursor refused as a bad request counts as too old as well, and one refused twice fails the read', async () => {
    const fixture = await startGraph();
    const directory = createGraphDirectory(fixture.options);
    const read = async (cursor?: string): Promise<{ cursor: string; isWhole: boolean }> => {
      let last = { cursor: '', isWhole: false };
      for await (const page of directory.userChanges(cursor)) last = page;
      return last;
    };
    const { cursor } = await read();
    fixture.graph.switches.expiredDeltaAnswer = 'bad-request';
    fixture.graph.switches.deltaGeneration += 1;

    const again = await read(cursor);
    fixture.graph.faults.add({ times: 2, effect: { kind: 'status', status: 410, code: 'syncStateNotFound' } });

    assert.equal(again.isWhole, true);
    await assert.rejects(read(again.cursor), { code: 'graph.bad-request' });
  });

  test('a read that becomes whole between two pages says so on every page from there', async () => {
    const fixture = await startGraph();
    fixture.graph.switches.deltaPageSize = 20;
    const directory = createGraphDirectory(fixture.options);
    let cursor = '';
    for await (const page of directory.userChanges(undefined)) ({ cursor } = page);
    for (const { id } of [...directoryOf(fixture).users()].slice(0, 30)) directoryOf(fixture).updateUser(id, { jobTitle: 'Promoted' });

    const told: boolean[] = [];
    const ids = new Set<string>();
    for await (const { isWhole, changes } of directory.userChanges(cursor)) {
      if (told.length === 0) fixture.graph.switches.deltaGeneration += 1;
      told.push(isWhole);
      for (const id of isWhole ? changes.map(idOf) : []) ids.add(id);
    }

    assert.deepEqual(told, [false, true, true, true]);
    assert.equal(ids.size, directoryOf(fixture).userCount);
  });
});

describe('tokens and permissions', () => {
  test('a refused token is renewed once and the call made again', async () => {
    let nowMs = Date.now();
    const fixture = await startGraph({ realNowMs: () => nowMs });
    const directory = createGraphDirectory(fixture.options);
    const [user] = directoryOf(fixture).users();
    assert.ok(user);
    await directory.usersById([user.id]);
    nowMs += 10_000;
    fixture.entra.switches.refuseIssuedBeforeMs = nowMs - 5_000;

    const found = await directory.usersById([user.id]);

    assert.equal(found.length, 1);
    assert.equal(fixture.arrived.filter(({ target }) => target.includes('/oauth2/v2.0/token')).length, 2);
  });

  test('a token that is refused again means that we are', async () => {
    const fixture = await startGraph();
    fixture.entra.switches.refuseIssuedBeforeMs = Number.POSITIVE_INFINITY;

    await assert.rejects(countUsers(fixture), { code: 'graph.denied' });

    assert.equal(callsOf(fixture).length, 2);
  });

  test('a missing permission is a refusal that names the call', async () => {
    const fixture = await startGraph();
    directoryOf(fixture).updateApplication(fixture.application().appId, { graphAppRoles: ['Mail.Send'] });

    await assert.rejects(countUsers(fixture), (error: { code?: string; message?: string; details?: Record<string, unknown> }) => {
      assert.equal(error.code, 'graph.denied');
      assert.match(error.message ?? '', /GET \/users/);
      assert.equal(error.details?.['graphCode'], 'Authorization_RequestDenied');
      return true;
    });
  });

  test('an address that is not https is refused at once', async () => {
    const fixture = await startGraph();

    for (const graph of ['http://localhost:7072', 'https://user@graph.example', 'https://graph.example/v1.0', 'graph.example']) {
      const endpoints = { graph, graphScope: fixture.endpoints.graphScope };
      assert.throws(() => createGraphDirectory({ ...fixture.options, endpoints }), { code: 'settings.invalid' });
    }
  });

  test('the log has one line a call, without tokens, secrets or ids of people', async () => {
    const fixture = await startGraph();
    const [user] = directoryOf(fixture).users();
    assert.ok(user);
    fixture.graph.faults.add({ effect: { kind: 'status', status: 503 } });

    await createGraphDirectory(fixture.options).managersOf([user.id]);

    const text = JSON.stringify(fixture.log);
    assert.deepEqual(
      fixture.log.map(({ event, fields }) => [event, fields['request'], fields['status'], fields['attempt']]),
      [
        ['graph.called', 'GET /users/{id}/manager', 503, 1],
        ['graph.called', 'GET /users/{id}/manager', 200, 2],
      ],
    );
    assert.ok(!text.includes(user.id) && !text.includes('eyJ') && !text.includes(fixture.application().secrets[0] ?? 'no secret'));
  });
});
