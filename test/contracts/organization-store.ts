// What every OrganizationStore promises. Run on memory and on Azurite.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { describe, test } from 'node:test';
import type { OrganizationObservation, OrganizationStore } from '../../src/domain/organization-store-port.ts';
import { parseOrganizationId } from '../../src/domain/organization.ts';
import type { OrganizationId } from '../../src/domain/organization.ts';

const observedAt = '2026-03-01T06:00:00.000Z';

function newOrganization(): OrganizationId {
  const id = parseOrganizationId(randomUUID());
  assert.ok(id !== undefined);
  return id;
}

/** Declares the suite. */
export function organizationStoreContract(name: string, makeStore: () => OrganizationStore): void {
  describe(`organization store contract: ${name}`, () => {
    test('what was read last is kept whole: a part that was not read again is gone', async () => {
      const organizations = makeStore();
      const [organization, other] = [newOrganization(), newOrganization()];
      const whole: OrganizationObservation = {
        accessSettings: { defaultAccessLevel: 'Quarantine', adminMailRecipients: ['admin@contoso.example'] },
        accessRules: Array.from({ length: 300 }, (_, index) => ({
          name: `iPhone ${index} (DeviceModel)`,
          characteristic: 'DeviceModel' as const,
          queryString: 'x'.repeat(200),
          accessLevel: 'Block' as const,
        })),
        policies: [],
        observedAt,
      };

      const before = await organizations.get(organization);
      await organizations.keep(organization, whole);
      await organizations.keep(other, { observedAt });
      const kept = await organizations.get(organization);
      await organizations.keep(organization, { policies: [], observedAt });
      const kept2 = await organizations.get(organization);
      await organizations.remove(organization);
      await organizations.remove(organization);

      assert.deepEqual([before, kept, kept2], [undefined, whole, { policies: [], observedAt }]);
      assert.equal(await organizations.get(organization), undefined);
      assert.deepEqual(await organizations.get(other), { observedAt });
    });
  });
}
