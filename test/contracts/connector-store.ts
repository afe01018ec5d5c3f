// What every ConnectorStore promises. Run on memory and on Azurite.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { describe, test } from 'node:test';
import { defaultConnectorSettings } from '../../src/domain/connector.ts';
import type { Connector, DiscoveryState } from '../../src/domain/connector.ts';
import type { ConnectorStore } from '../../src/domain/connector-store-port.ts';
import { parseOrganizationId } from '../../src/domain/organization.ts';
import type { OrganizationId } from '../../src/domain/organization.ts';

function newOrganization(): OrganizationId {
  const id = parseOrganizationId(randomUUID());
  assert.ok(id !== undefined);
  return id;
}

function aConnector(more: Partial<Connector> = {}): Connector {
  return {
    organization: newOrganization(),
    generation: 1,
    ...defaultConnectorSettings,
    schedule: { full: '0 2 * * *', timeZone: 'Europe/Amsterdam', deltaMinutes: 15 },
    createdAt: '2026-03-01T06:00:00.000Z',
    changedAt: '2026-03-01T06:00:00.000Z',
    changedBy: 'aaaaaaaa-0000-4000-8000-000000000001',
    ...more,
  };
}

/** Declares the suite. */
export function connectorStoreContract(name: string, makeStore: () => ConnectorStore): void {
  describe(`connector store contract: ${name}`, () => {
    test('a connector is added once, changed by its version, removed, and can be added anew', async () => {
      const connectors = makeStore();
      const connector = aConnector();
      const { organization } = connector;

      const first = await connectors.add(connector);
      await assert.rejects(connectors.add(connector), { code: 'store.exists' });
      const second = await connectors.change({ ...connector, scope: { kind: 'domains', domains: ['contoso.example'] } }, first);
      await assert.rejects(connectors.change(connector, first), { code: 'store.stale' });
      const changed = await connectors.get(organization);
      await connectors.keepDiscoveryState(organization, { watermark: '2026-03-01T06:00:00.000Z' }, undefined);
      await assert.rejects(connectors.remove(organization, first), { code: 'store.stale' });
      await connectors.remove(organization, second);
      const removed = [await connectors.get(organization), await connectors.discoveryState(organization)];
      await connectors.add({ ...connector, generation: 2 });

      assert.deepEqual(changed, { value: { ...connector, scope: { kind: 'domains', domains: ['contoso.example'] } }, version: second });
      assert.deepEqual(removed, [undefined, undefined]);
      assert.equal((await connectors.get(organization))?.value.generation, 2);
    });

    test('of two who add a connector at the same time, one succeeds', async () => {
      const connectors = makeStore();
      const connector = aConnector();

      const outcomes = await Promise.allSettled([connectors.add(connector), connectors.add(connector), connectors.add(connector)]);

      assert.deepEqual(outcomes.map(({ status }) => status).toSorted(), ['fulfilled', 'rejected', 'rejected']);
    });

    test('all connectors are listed, whatever their discovery remembers', async () => {
      const connectors = makeStore();
      const added = [aConnector(), aConnector(), aConnector()];
      for (const connector of added) {
        await connectors.add(connector);
        await connectors.keepDiscoveryState(connector.organization, {}, undefined);
      }

      const listed = await connectors.list();

      const ids = new Set(added.map(({ organization }) => organization));
      const ours = listed.map(({ value }) => value).filter(({ organization }) => ids.has(organization));
      assert.deepEqual(
        ours,
        added.toSorted((a, b) => (a.organization < b.organization ? -1 : 1)),
      );
    });

    test('the state of discovery is kept by its version, however many slices it names', async () => {
      const connectors = makeStore();
      const { organization } = aConnector();
      const state: DiscoveryState = { sliceBounds: Array.from({ length: 3000 }, () => '2026-03-01T06:00:00.000Z'), directoryCursor: 'c' };

      const first = await connectors.keepDiscoveryState(organization, { slicedRuns: 1 }, undefined);
      const second = await connectors.keepDiscoveryState(organization, state, first);

      await assert.rejects(connectors.keepDiscoveryState(organization, {}, first), { code: 'store.stale' });
      await assert.rejects(connectors.keepDiscoveryState(organization, {}, undefined), { code: 'store.exists' });
      assert.deepEqual(await connectors.discoveryState(organization), { value: state, version: second });
    });
  });
}
