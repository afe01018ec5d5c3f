// What a full run reads beside devices, mailboxes and users: what is stored already, the organization itself, Intune's list.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { AppError } from '../../src/domain/errors.ts';
import type { ExchangePort } from '../../src/domain/exchange-port.ts';
import { readManagedDevices } from '../../src/operations/read-managed-devices.ts';
import { readOrganization } from '../../src/operations/read-organization.ts';
import { readSlice } from '../../src/operations/read-slice.ts';
import { rememberKnownDevices } from '../../src/operations/remember-known-devices.ts';
import { createDiscoveryScene, deviceGuid, organization, START, userId } from '../support/discovery-scene.ts';
import { beginReading, doneOf, withExchange } from './reading-steps.ts';

describe('the devices known when a run begins', () => {
  test('are none at a first run', async () => {
    const scene = createDiscoveryScene();
    const task = await scene.begin();

    const { known } = doneOf(await rememberKnownDevices(scene.ports, task));

    assert.equal(known, 0);
    assert.equal((await scene.ports.files.known(scene.keyOf(task)))?.size, 0);
  });

  test('are all that are stored, with what is gone and what is not covered', async () => {
    const scene = createDiscoveryScene();
    scene.addMailbox(0);
    for (let index = 0; index < 40; index += 1) scene.addDevice(index, 0);
    doneOf(await readSlice(scene.ports, { ...(await beginReading(scene)), slice: { name: 'all', query: {} } }));
    await scene.ports.devices.amend(organization, [
      { id: deviceGuid(1), goneAt: START },
      { id: deviceGuid(2), scope: { isInScope: false, reason: 'outside' } },
    ]);
    const task = await scene.begin();

    const { known } = doneOf(await rememberKnownDevices(scene.ports, task));

    assert.equal(known, 40);
    const file = await scene.ports.files.known(scene.keyOf(task));
    assert.deepEqual([file?.find(deviceGuid(1))?.isGone, file?.find(deviceGuid(2))?.scope], [true, 'outside']);
    assert.deepEqual([file?.find(deviceGuid(3))?.isGone, file?.find(deviceGuid(3))?.scope], [false, 'in']);
  });

  test('are not written down by halves when storage is too slow', async () => {
    const scene = createDiscoveryScene();
    scene.addMailbox(0);
    scene.addDevice(0, 0);
    doneOf(await readSlice(scene.ports, { ...(await beginReading(scene)), slice: { name: 'all', query: {} } }));
    const task = await scene.begin();
    const { devices } = scene.ports;
    const known: typeof devices.known = (...asked) => {
      scene.clock.advance(300_000);
      return devices.known(...asked);
    };
    const slow = Object.assign(Object.create(devices) as typeof devices, { known });

    const remembering = rememberKnownDevices({ ...scene.ports, devices: slow }, task);

    await assert.rejects(remembering, /\[store\.unavailable\]/);
    assert.equal(await scene.ports.files.known(scene.keyOf(task)), undefined);
  });
});

describe('the organization', () => {
  const denying = (...calls: readonly (keyof ExchangePort)[]) => ({
    before: (call: keyof ExchangePort): void => {
      if (calls.includes(call)) throw new AppError('exchange.denied', { request: call });
    },
  });

  test('is kept with its settings, rules and policies', async () => {
    const scene = createDiscoveryScene();

    doneOf(await readOrganization(scene.ports, await scene.begin()));

    const kept = await scene.ports.organizations.get(organization);
    assert.deepEqual(kept?.facts, scene.world.organization);
    assert.deepEqual(kept.accessSettings, scene.world.settings);
    assert.deepEqual([kept.accessRules?.length, kept.policies?.length, kept.observedAt], [0, 1, START]);
  });

  test('is kept without what our role may not read, and the log says so', async () => {
    const scene = createDiscoveryScene(denying('listPolicies', 'getOrganization'));

    doneOf(await readOrganization(scene.ports, await scene.begin()));

    const kept = await scene.ports.organizations.get(organization);
    assert.deepEqual([kept?.facts, kept?.policies], [undefined, undefined]);
    assert.ok(kept?.accessSettings && kept.accessRules);
    assert.deepEqual(
      scene.lines.map(({ fields }) => fields['part']),
      ['facts', 'policies'],
    );
  });

  test('is not touched when Exchange does not take our token', async () => {
    const scene = createDiscoveryScene({
      before: () => {
        throw new AppError('exchange.unauthenticated', { request: 'Get-OrganizationConfig' });
      },
    });

    const answer = await readOrganization(scene.ports, await scene.begin());

    assert.equal(answer.outcome, 'refused');
    assert.equal(answer.code, 'exchange.unauthenticated');
    assert.equal(await scene.ports.organizations.get(organization), undefined);
  });

  test('costs what it says', async () => {
    const counting = withExchange((exchange) => ({
      getOrganization: (options) => {
        if (options?.usage) options.usage.requests += 1;
        return exchange.getOrganization(options);
      },
    }));
    const scene = createDiscoveryScene({ ports: counting });

    const { counts } = doneOf(await readOrganization(scene.ports, await scene.begin()));

    assert.equal(counts.requests, 1);
  });
});

describe('managed devices', () => {
  test('are written down for the slices, less those that cannot be told apart', async () => {
    const scene = createDiscoveryScene();
    scene.directory.putManagedDevice({ id: 'm-1', easDeviceId: 'APPL1', userId: userId(1) });
    scene.directory.putManagedDevice({ id: 'm-2', easDeviceId: 'APPL2' });
    scene.directory.putManagedDevice({ id: 'm-3', userId: userId(3) });
    const task = await scene.begin();

    const { managed } = doneOf(await readManagedDevices(scene.ports, task));

    assert.equal(managed, 1);
    const file = await scene.ports.files.managed(scene.keyOf(task));
    assert.equal(file?.find('appl1', userId(1))?.id, 'm-1');
    assert.equal(file.find('appl1', userId(2)), undefined);
  });

  test('leave no file where there is no Intune', async () => {
    const scene = createDiscoveryScene();
    scene.directory.setIntune(false);
    const task = await scene.begin();

    const { managed } = doneOf(await readManagedDevices(scene.ports, task));

    assert.equal(managed, 0);
    assert.equal(await scene.ports.files.managed(scene.keyOf(task)), undefined);
  });

  test('leave no file when the list takes too long', async () => {
    const scene = createDiscoveryScene({
      ports: ({ connections }) => ({
        connections: {
          ...connections,
          directory: (connector) =>
            Object.assign(Object.create(connections.directory(connector)) as ReturnType<typeof connections.directory>, {
              async *managedDevices() {
                for (let page = 0; page < 3; page += 1) {
                  scene.clock.advance(120_000);
                  yield [{ id: `m-${page}`, easDeviceId: `APPL${page}`, userId: userId(page) }];
                }
              },
            }),
        },
      }),
    });
    const task = await scene.begin();

    const { managed } = doneOf(await readManagedDevices(scene.ports, task));

    assert.equal(managed, 0);
    assert.equal(await scene.ports.files.managed(scene.keyOf(task)), undefined);
    assert.equal(scene.lines.length, 1);
  });

  test('that Graph cannot tell now are asked for again', async () => {
    const scene = createDiscoveryScene({
      ports: ({ connections }) => ({
        connections: {
          ...connections,
          directory: () => {
            throw new AppError('graph.unavailable', { request: 'GET /deviceManagement/managedDevices' });
          },
        },
      }),
    });

    const reading = readManagedDevices(scene.ports, await scene.begin());

    await assert.rejects(reading, /\[graph\.unavailable\]/);
  });
});
