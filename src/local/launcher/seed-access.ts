// What shows limited rights at once after `npm start`: the collection Sales, and an operator of it who sees its devices and no others.
// Over the connector's own API, once: what somebody has changed or given another form since stays as it is.
import { guidOf, personId } from '../host/auth/people.ts';
import { ApiError } from './api-client.ts';
import type { ApiClient } from './api-client.ts';

/** The ids are ours to choose, so that a later start finds what an earlier one made. */
export const SALES_COLLECTION = guidOf('collection/Sales');
const SALES_ASSIGNMENT = guidOf('assignment/operator-sales');

/** Makes them in an organization that has a connector. */
export async function seedAccess(api: ApiClient, organization: string): Promise<void> {
  await makeOnce(api, `/organizations/${organization}/collections/${SALES_COLLECTION}`, {
    name: 'Sales',
    rule: { kind: 'test', field: 'department', operator: 'eq', value: 'Sales' },
  });
  await makeOnce(api, `/role-assignments/${SALES_ASSIGNMENT}?organization=${organization}`, {
    principal: { kind: 'user', tenantId: organization, objectId: personId('operator-sales') },
    role: 'OperationsAdministrator',
    collections: [SALES_COLLECTION],
  });
}

/** Makes what is not there. A repeated request that the client lost the answer of finds its own and is refused, which is as good. */
async function makeOnce(api: ApiClient, path: string, body: object): Promise<void> {
  try {
    await api.call('GET', path);
    return;
  } catch (error) {
    if (!(error instanceof ApiError) || error.status !== 404) throw error;
  }
  try {
    await api.call('PUT', path, body);
  } catch (error) {
    if (!(error instanceof ApiError) || error.status !== 428) throw error;
  }
}
