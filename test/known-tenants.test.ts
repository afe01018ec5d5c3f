// Which tenants may ask: the home tenant always, an organization as long as it has a connector.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AppError } from '../src/domain/errors.ts';
import { createKnownTenants } from '../src/known-tenants.ts';
import { createDiscoveryScene, guidOf, organization } from './support/discovery-scene.ts';

const home = guidOf(7, 1);

test('an organization may ask from a minute after its connector was added until a minute after it was removed', async () => {
  const scene = createDiscoveryScene();
  const tenants = createKnownTenants(scene.ports, home);
  const after = async (ms: number): Promise<boolean> => {
    scene.clock.advance(ms);
    await tenants.refresh();
    return tenants.has(organization);
  };

  const without = await after(0);
  await scene.connect();
  const soon = await after(30_000);
  const later = await after(30_000);
  const kept = await scene.ports.connectors.get(organization);
  await scene.ports.connectors.remove(organization, kept?.version ?? '');
  const removed = await after(60_000);

  assert.deepEqual([without, soon, later, removed], [false, false, true, false]);
});

test('the home tenant may ask while storage does not answer, and so may those who could before', async () => {
  const scene = createDiscoveryScene();
  await scene.connect();
  let isDown = false;
  const list: typeof scene.ports.connectors.list = async () => {
    if (isDown) throw new AppError('store.unavailable', { request: 'listing rows' });
    return scene.ports.connectors.list();
  };
  const tenants = createKnownTenants({ ...scene.ports, connectors: { ...scene.ports.connectors, list } }, home);
  await tenants.refresh();
  isDown = true;
  scene.clock.advance(120_000);

  await tenants.refresh();

  assert.deepEqual([tenants.has(home), tenants.has(organization), tenants.has(guidOf(7, 2))], [true, true, false]);
  assert.deepEqual(
    scene.lines.map(({ event }) => event),
    ['caller.tenants-not-read'],
  );
});

test('requests that come together are answered by one reading', async () => {
  const scene = createDiscoveryScene();
  let readings = 0;
  const list: typeof scene.ports.connectors.list = async () => {
    readings += 1;
    return scene.ports.connectors.list();
  };
  const tenants = createKnownTenants({ ...scene.ports, connectors: { ...scene.ports.connectors, list } }, undefined);

  await Promise.all([tenants.refresh(), tenants.refresh(), tenants.refresh()]);

  assert.equal(readings, 1);
});
