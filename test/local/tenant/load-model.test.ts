import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FREE_LOAD, LoadGate, setLoad } from '../../../src/local/tenant/load-model.ts';
import { startTestServer } from './tenant-under-test.ts';

test('by default nothing is limited', () => {
  const gate = new LoadGate(FREE_LOAD, () => 0);

  const refusals = Array.from({ length: 1000 }, () => gate.enter('t') ?? gate.spend('t', true));

  assert.ok(refusals.every((refusal) => refusal === undefined));
});

test('more requests at a time than allowed are refused until one leaves, each organization for itself', () => {
  const gate = new LoadGate({ ...FREE_LOAD, concurrency: 2 }, () => 0);

  const entered = [gate.enter('t'), gate.enter('t'), gate.enter('t'), gate.enter('other')].map((refusal) => refusal?.status);
  gate.leave('t');

  assert.deepEqual(entered, [undefined, undefined, 429, undefined]);
  assert.equal(gate.enter('t'), undefined);
});

test('a rate lets a burst of its size through, then says how long to wait, and fills up again', () => {
  let ms = 0;
  const gate = new LoadGate({ ...FREE_LOAD, requestsPerSecond: 2 }, () => ms);

  const burst = [1, 2, 3].map(() => gate.spend('t', false));
  ms = 500;
  const later = gate.spend('t', false);

  assert.deepEqual([burst[0], burst[1], later], [undefined, undefined, undefined]);
  assert.deepEqual([burst[2]?.status, burst[2]?.headers?.['retry-after']], [429, '1']);
});

test('writes have a limit of their own', () => {
  const gate = new LoadGate({ ...FREE_LOAD, writesPerMinute: 1, throttleForm: 'no-header' }, () => 0);

  assert.deepEqual([gate.spend('t', true), gate.spend('t', false)], [undefined, undefined]);
  const refused = gate.spend('t', true);
  assert.deepEqual([refused?.status, refused?.headers?.['retry-after']], [429, undefined]);
});

test('settings are checked by name and value', () => {
  assert.equal(setLoad(FREE_LOAD, { mailboxMs: '600' }).mailboxMs, 600);
  assert.throws(() => setLoad(FREE_LOAD, { perMailbox: 600 }), /There are: requestMs/);
  assert.throws(() => setLoad(FREE_LOAD, { rowMs: -1 }), RangeError);
  assert.throws(() => setLoad(FREE_LOAD, { throttleForm: 'shout' }), /one of retry-after/);
});

test('a batch pays for each of its items', async () => {
  const server = await startTestServer({ mailboxes: 10 });
  server.tenant.setLoad({ ...FREE_LOAD, requestsPerSecond: 3 });
  const url = `${server.origin}/adminapi/beta/${server.tenantId}/InvokeCommand`;
  const body = { CmdletInput: { CmdletName: 'Get-OrganizationConfig', Parameters: {} } };
  const requests = [1, 2, 3, 4, 5].map((id) => ({ id, method: 'POST', url, body }));

  const answer = await server.send({
    method: 'POST',
    path: `/adminapi/beta/${server.tenantId}/$batch`,
    headers: { authorization: `Bearer ${server.token}` },
    body: JSON.stringify({ requests }),
  });

  const statuses = JSON.parse(answer.text).responses.map(({ status }: { status: number }) => status);
  assert.deepEqual(statuses.toSorted(), [200, 200, 200, 429, 429]);
});
