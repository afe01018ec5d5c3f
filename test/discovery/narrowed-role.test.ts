// A role of the connector that was narrowed in Exchange shows only part of the devices, in a list that is complete. Black box: the bundle, storage and
// a tenant, each a process of its own; the host's clock is moved by hand (design, law 2).
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { Discovery } from '../../src/operations/describe-discovery.ts';
import { startCalmTenant, type CalmTenant } from '../support/calm-tenant.ts';
import { startDiscoveryApp, type DiscoveryApp, type RunAnswer } from '../support/discovery-app.ts';
import { assertSameRows, goneIn, readStoredRows, type StoredRows } from '../support/stored-rows.ts';

const app = fileURLToPath(new URL('../..', import.meta.url));
const MINUTE_MS = 60_000;
/** Everybody else disappears, with their devices. */
const NARROWED = "Alias -like 'a*'";
let tenant: CalmTenant;
let product: DiscoveryApp;
/** How many there are. */
let devices: number;
/** As it was stored before anything was hidden. */
let whole: StoredRows;

before(async () => {
  tenant = await startCalmTenant({ mailboxes: 80 });
  product = await startDiscoveryApp({ app, tenant, heldAt: new Date().toISOString() });
  const first = await product.untilEnded(await product.addConnector());
  assert.equal(first.state, 'completed');
  devices = first.counts.read;
  whole = await readStoredRows(product.storage.connectionString);
});

after(async () => {
  await product?.stop();
  await tenant?.stop();
});

const limitRoleTo = (recipientFilter: string | null): Promise<unknown> =>
  tenant.tell('POST', 'applications', { change: { recipientFilter } });
const runFull = async (): Promise<RunAnswer> => product.untilEnded(await product.begin('full'));
const heldRun = async (): Promise<string | undefined> => (await product.call<Discovery>('GET', 'discovery')).held?.runId;

interface DeviceList {
  readonly value: readonly { readonly goneAt?: string }[];
}

async function goneDevices(): Promise<number> {
  const { value } = await product.call<DeviceList>('GET', 'devices?gone=true&top=1000');
  return value.filter(({ goneAt }) => goneAt !== undefined).length;
}

test('a complete list of a small part of the devices holds the run: the API shows it, and nothing is gone', async () => {
  await limitRoleTo(NARROWED);

  const run = await runFull();

  assert.deepEqual([run.state, run.counts.gone, run.error], ['held', 0, undefined], JSON.stringify(run));
  assert.equal(run.missing, devices - run.counts.read);
  assert.ok(run.missing > 20);
  assert.equal(await heldRun(), run.id);
  assert.equal(await goneDevices(), 0);
});

test('a second run that agrees within the hour is held as well', async () => {
  await product.advance(30 * MINUTE_MS);

  const run = await runFull();

  assert.equal(run.state, 'held', JSON.stringify(run));
  assert.equal(await goneDevices(), 0);
});

test('a run that agrees an hour later marks as gone what both have missed', async () => {
  const earlier = await heldRun();
  await product.advance(61 * MINUTE_MS);

  const run = await runFull();

  assert.deepEqual([run.state, run.counts.gone], ['completed', devices - run.counts.read], JSON.stringify(run));
  assert.notEqual(earlier, undefined);
  assert.equal(await heldRun(), undefined);
  assert.equal(await goneDevices(), run.counts.gone);
});

test('devices come back with the role, as they were', async () => {
  await product.advance(MINUTE_MS);
  await limitRoleTo(null);

  const run = await runFull();

  assert.deepEqual([run.state, run.counts.read], ['completed', devices], JSON.stringify(run));
  const rows = await readStoredRows(product.storage.connectionString);
  assert.deepEqual(goneIn(rows), []);
  assertSameRows(whole, rows, 'What is stored is not what was stored before the role was narrowed');
});

test('what a held run misses is gone once an administrator accepts it', async () => {
  await product.advance(MINUTE_MS);
  await limitRoleTo(NARROWED);
  const held = await runFull();

  const answer = await product.send('POST', `discovery/runs/${held.id}`, { accept: true });
  const run = await product.untilAccepted(held.id);

  assert.deepEqual([held.state, answer.status, run.state], ['held', 202, 'completed'], JSON.stringify(run));
  assert.equal(run.counts.gone, held.missing);
  assert.ok(run.acceptedBy);
  assert.equal(await heldRun(), undefined);
  assert.equal(await goneDevices(), held.missing);
});
