// What every InstallationStore promises. Run on memory and on Azurite.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { describe, test } from 'node:test';
import { defaultConnectorSettings } from '../../src/domain/connector.ts';
import { auditEntry } from '../../src/domain/audit.ts';
import { newInstallation, withoutConnector } from '../../src/domain/installation.ts';
import type { Installation } from '../../src/domain/installation.ts';
import type { InstallationStore } from '../../src/domain/installation-store-port.ts';
import type { ConnectorStore } from '../../src/domain/connector-store-port.ts';
import { parseOrganizationId } from '../../src/domain/organization.ts';
import type { OrganizationId } from '../../src/domain/organization.ts';

const AT = '2026-03-01T06:00:00.000Z';
const ADMIN = 'aaaaaaaa-0000-4000-8000-000000000001';

function newOrganization(): OrganizationId {
  return parseOrganizationId(randomUUID()) ?? assert.fail();
}

const of = (organization: OrganizationId, generation: number): Installation =>
  newInstallation({ organization, generation, changedBy: ADMIN }, AT);

interface Stores {
  readonly installations: InstallationStore;
  readonly connectors: ConnectorStore;
}

/** Declares the suite. */
export function installationStoreContract(name: string, makeStores: () => Stores): void {
  describe(`installation store contract: ${name}`, () => {
    test('a generation is kept once, and changed by its version', async () => {
      const { installations } = makeStores();
      const installation = of(newOrganization(), 3);

      const first = await installations.add(installation);
      await assert.rejects(installations.add({ ...installation, attempts: 9 }), { code: 'store.exists' });
      const second = await installations.save({ ...installation, attempts: 1 }, first);
      await assert.rejects(installations.save({ ...installation, attempts: 2 }, first), { code: 'store.stale' });

      assert.deepEqual(await installations.get(installation), { value: { ...installation, attempts: 1 }, version: second });
      assert.equal(await installations.get({ ...installation, generation: 4 }), undefined);
    });

    test('of two who take the same generation at once one gets it', async () => {
      const { installations } = makeStores();
      const installation = of(newOrganization(), 1);

      const outcomes = await Promise.allSettled([1, 2, 3].map(() => installations.add(installation)));

      assert.deepEqual(outcomes.map(({ status }) => status).sort(), ['fulfilled', 'rejected', 'rejected']);
    });

    test('the latest generation is the highest there ever was, also when it is removed, and beside whatever else is kept', async () => {
      const { installations, connectors } = makeStores();
      const organization = newOrganization();
      const empty = await installations.latestGeneration(organization);
      const dates = { createdAt: AT, changedAt: AT, changedBy: ADMIN };
      await connectors.add({ ...defaultConnectorSettings, organization, generation: 1, ...dates });
      for (const generation of [1, 9, 10]) await installations.add(of(organization, generation));
      await installations.add(of(newOrganization(), 50));
      const kept = await installations.get({ organization, generation: 10 });
      assert.ok(kept);

      await installations.save(withoutConnector(kept.value), kept.version);

      assert.deepEqual([empty, await installations.latestGeneration(organization)], [0, 10]);
      assert.equal((await connectors.get(organization))?.value.generation, 1);
    });

    test('open ones are listed across organizations; removed ones are not', async () => {
      const { installations } = makeStores();
      const organizations = [newOrganization(), newOrganization(), newOrganization()];
      for (const organization of organizations) {
        const version = await installations.add(of(organization, 1));
        await installations.save(withoutConnector(of(organization, 1)), version);
        await installations.add(of(organization, 2));
      }

      const open = await installations.listOpen();

      const ours = open.map(({ value }) => value).filter(({ organization }) => organizations.includes(organization));
      assert.deepEqual(
        ours.map(({ organization, generation }) => [organization, generation]),
        organizations.toSorted().map((organization) => [organization, 2]),
      );
    });

    test('a change is kept together with what is told of it, both or neither', async () => {
      const { installations } = makeStores();
      const installation = of(newOrganization(), 1);
      const fact = { type: 'installation.retried', subject: 's', details: { generation: 1 } } as const;
      const about = { id: 'id', chain: installation.organization, time: AT, actor: { kind: 'unknown' } } as const;
      const version = await installations.add(installation);

      const saved = await installations.save({ ...installation, attempts: 1 }, version, [auditEntry(fact, about)]);
      await assert.rejects(installations.save({ ...installation, attempts: 2 }, version, [auditEntry(fact, about)]), {
        code: 'store.stale',
      });

      assert.deepEqual(await installations.get(installation), { value: { ...installation, attempts: 1 }, version: saved });
    });
  });
}
