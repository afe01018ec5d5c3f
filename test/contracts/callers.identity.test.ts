// Callers by Microsoft Entra keep the promises of their port, with tokens of the simulated Entra.
import { createCallers } from '../../src/adapters/identity/caller.ts';
import { personId } from '../../src/local/host/auth/people.ts';
import { keepingLog } from '../adapters/graph/graph-fixture.ts';
import { AUDIENCE, startTenant, TENANT } from '../adapters/graph/tenant-fixture.ts';
import { callersContract } from './callers.ts';

callersContract('identity', async () => {
  const tenant = await startTenant();
  const callers = createCallers({
    audiences: [AUDIENCE],
    isAllowedTenant: (id) => id === TENANT,
    authority: tenant.origin,
    isPlatformSignInOn: false,
    clock: { now: () => new Date().toISOString() },
    log: keepingLog([]),
  });
  const { token } = await tenant.entra.issueUserToken({ tenantId: TENANT, user: 'alice' });
  return { callers, token, tenantId: TENANT, objectId: personId('alice') };
});
