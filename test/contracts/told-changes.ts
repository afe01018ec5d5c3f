// Changes that are told: each is kept together with the event that tells of it, or neither is. Run on memory and on Azurite, there also through
// a network that fails.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { describe, test } from 'node:test';
import { createOutbox } from '../../src/adapters/tables/outbox.ts';
import { outboxSources } from '../../src/adapters/tables/outbox-sources.ts';
import type { Table } from '../../src/adapters/tables/row.ts';
import { createStores } from '../../src/adapters/tables/stores.ts';
import type { Stores } from '../../src/adapters/tables/stores.ts';
import type { AuditEntry } from '../../src/domain/audit.ts';
import { defaultConnectorSettings } from '../../src/domain/connector.ts';
import type { Connector } from '../../src/domain/connector.ts';
import { addMs } from '../../src/domain/instant.ts';
import { parseOrganizationId } from '../../src/domain/organization.ts';
import type { OrganizationId } from '../../src/domain/organization.ts';
import { noCounts, runIdOf } from '../../src/domain/run.ts';
import type { Run } from '../../src/domain/run.ts';
import { ALICE, aRun, entryAt } from '../support/audit-scene.ts';
import { deviceGuid, START } from '../support/discovery-scene.ts';

type Open = (name: string) => Table;

/** One kind of change, in an organization of its own. */
export interface ToldChange {
  readonly name: string;
  /** What has to be there before; answers what makes the change and what makes it in vain, because its version is not the present one. */
  readonly prepare: (stores: Stores, organization: OrganizationId) => Promise<PreparedChange>;
}

export interface PreparedChange {
  readonly make: (stores: Stores, entries: readonly AuditEntry[]) => Promise<unknown>;
  /** Something that storage refuses, for instance because of another version. */
  readonly makeInVain: (stores: Stores, entries: readonly AuditEntry[]) => Promise<unknown>;
  readonly isMade: (stores: Stores) => Promise<boolean>;
}

const connectorOf = (organization: OrganizationId, keepGoneDays = 90): Connector => ({
  ...defaultConnectorSettings,
  organization,
  keepGoneDays,
  generation: 1,
  createdAt: START,
  changedAt: START,
  changedBy: 'somebody',
});

const runOf = (organization: OrganizationId): Run => ({
  id: runIdOf(START, randomUUID()),
  organization,
  kind: 'full',
  state: 'running',
  startedAt: START,
  startedBy: 'somebody',
  counts: noCounts,
  completeness: 0,
  restarts: 0,
  generation: 1,
  wakesAt: START,
});

const device = deviceGuid(3);

/** Every change that is told by the stores of connectors, runs and devices. */
export const toldChanges: readonly ToldChange[] = [
  {
    name: 'a connector is added',
    async prepare(_, organization) {
      const connector = connectorOf(organization);
      return {
        make: ({ connectors }, entries) => connectors.add(connector, entries),
        async makeInVain({ connectors }, entries) {
          await connectors.add(connector);
          await connectors.add(connector, entries);
        },
        isMade: async ({ connectors }) => (await connectors.get(organization)) !== undefined,
      };
    },
  },
  {
    name: 'a connector is changed',
    async prepare({ connectors: store }, organization) {
      const old = await store.add(connectorOf(organization));
      const version = await store.change(connectorOf(organization, 89), old);
      return {
        make: ({ connectors }, entries) => connectors.change(connectorOf(organization, 7), version, entries),
        makeInVain: ({ connectors }, entries) => connectors.change(connectorOf(organization, 7), old, entries),
        isMade: async ({ connectors }) => (await connectors.get(organization))?.value.keepGoneDays === 7,
      };
    },
  },
  {
    name: 'a connector is removed',
    async prepare({ connectors: store }, organization) {
      const old = await store.add(connectorOf(organization));
      const version = await store.change(connectorOf(organization, 89), old);
      await store.keepDiscoveryState(organization, { watermark: START }, undefined);
      return {
        make: ({ connectors }, entries) => connectors.remove(organization, version, entries),
        makeInVain: ({ connectors }, entries) => connectors.remove(organization, old, entries),
        async isMade({ connectors }) {
          const [connector, state] = [await connectors.get(organization), await connectors.discoveryState(organization)];
          assert.equal(connector === undefined, state === undefined, 'what discovery remembers goes with the connector');
          return connector === undefined;
        },
      };
    },
  },
  {
    name: 'a run begins',
    async prepare(_, organization) {
      const run = runOf(organization);
      return {
        make: ({ runs }, entries) => runs.begin(run, entries),
        async makeInVain({ runs }, entries) {
          await runs.begin(runOf(organization));
          const begin = await runs.begin(run, entries);
          throw new Error(begin.kind);
        },
        isMade: async ({ runs }) => (await runs.get(organization, run.id)) !== undefined,
      };
    },
  },
  {
    name: 'a run is changed',
    async prepare({ runs: store }, organization) {
      const run = runOf(organization);
      const begun = await store.begin(run);
      const old = begun.kind === 'begun' ? begun.version : '';
      const version = await store.save({ ...run, completeness: 0.5 }, old);
      const stopped: Run = { ...run, stopRequestedBy: 'somebody' };
      return {
        make: ({ runs }, entries) => runs.save(stopped, version, entries),
        makeInVain: ({ runs }, entries) => runs.save(stopped, old, entries),
        isMade: async ({ runs }) => (await runs.get(organization, run.id))?.value.stopRequestedBy !== undefined,
      };
    },
  },
  {
    name: 'a device is annotated',
    async prepare({ devices: store }, organization) {
      const [first, second] = [
        { changedAt: START, changedBy: 'a' },
        { changedAt: addMs(START, 1), changedBy: 'a', note: 'lost' },
      ];
      const old = await store.annotate(organization, device, first, undefined);
      const version = await store.annotate(organization, device, first, old);
      return {
        make: ({ devices }, entries) => devices.annotate(organization, device, second, version, entries),
        makeInVain: ({ devices }, entries) => devices.annotate(organization, device, second, old, entries),
        isMade: async ({ devices }) => (await devices.annotation(organization, device))?.value.note === 'lost',
      };
    },
  },
];

export function newOrganization(): OrganizationId {
  const id = parseOrganizationId(randomUUID());
  assert.ok(id !== undefined);
  return id;
}

/** An event of the organization, made up. */
export function anEntry(organization: OrganizationId): AuditEntry {
  const { event, ...rest } = entryAt(START, randomUUID(), aRun('told'), ALICE);
  return { ...rest, event: { ...event, chain: organization } };
}

/** The ids of the events that wait. */
export async function waitingIn(open: Open, organization: OrganizationId): Promise<string[]> {
  const { entries } = await createOutbox(open('Audit'), outboxSources(open)).waiting(organization, 100);
  return entries.map(({ event }) => event.id);
}

const clock = { now: () => START };

/** Stores on the tables. */
export function storesOn(open: Open): Stores {
  return createStores(open, clock);
}

/** Declares the suite. */
export function toldChangesContract(name: string, makeOpen: () => Open): void {
  describe(`told changes: ${name}`, () => {
    for (const told of toldChanges) {
      test(`${told.name}: the change and its event are kept together`, async () => {
        const open = makeOpen();
        const [stores, organization] = [storesOn(open), newOrganization()];
        const entry = anEntry(organization);
        const { make, isMade } = await told.prepare(stores, organization);

        await make(stores, [entry]);

        assert.deepEqual([await isMade(stores), await waitingIn(open, organization)], [true, [entry.event.id]]);
      });

      test(`${told.name}: a change that is refused tells nothing`, async () => {
        const open = makeOpen();
        const [stores, organization] = [storesOn(open), newOrganization()];
        const { makeInVain } = await told.prepare(stores, organization);

        await assert.rejects(makeInVain(stores, [anEntry(organization)]));

        assert.deepEqual(await waitingIn(open, organization), []);
      });
    }

    test('events that wait outlive the removal of what else their organization has', async () => {
      const open = makeOpen();
      const [stores, organization] = [storesOn(open), newOrganization()];
      const [begun, annotated] = [anEntry(organization), anEntry(organization)];
      const run = runOf(organization);
      await stores.runs.begin(run, [begun]);
      await stores.devices.annotate(organization, device, { changedAt: START, changedBy: 'a' }, undefined, [annotated]);

      await stores.runs.removeAll(organization);
      await stores.devices.removeAll(organization);

      const left = [await stores.runs.get(organization, run.id), await stores.devices.annotation(organization, device)];
      assert.deepEqual(left, [undefined, undefined]);
      assert.deepEqual((await waitingIn(open, organization)).toSorted(), [begun.event.id, annotated.event.id].toSorted());
    });
  });
}
