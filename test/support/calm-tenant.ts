// A simulated tenant in which nothing happens by itself: its clock stands still, and the mailboxes that ask for trouble are deleted. Faults are armed
// by whoever wants them.
import { callTenant } from '../../src/local/tenant-control.ts';
import { SENTINELS } from '../../src/local/tenant/exchange/sentinels.ts';
import { startBenchTenant, type BenchTenant } from '../bench/bench-tenant.ts';

export interface CalmTenant extends BenchTenant {
  /** One call of the control API, of any method; a refusal throws. */
  tell(method: 'GET' | 'POST' | 'DELETE', path: string, body?: Readonly<Record<string, unknown>>): Promise<unknown>;
}

export interface CalmTenantOptions {
  readonly mailboxes: number;
  /** Rows of a page: fewer than Exchange's make a short list as long as a large one. */
  readonly pageSize?: number;
}

/** Starts one. */
export async function startCalmTenant({ mailboxes, pageSize }: CalmTenantOptions): Promise<CalmTenant> {
  const tenant = await startBenchTenant({ mailboxes });
  const tell: CalmTenant['tell'] = (method, path, body) => callTenant(tenant.connection, method, path, body);
  const [organization] = tenant.connection.organizations;
  for (const alias of Object.keys(SENTINELS)) await tell('POST', 'users', { user: `${alias}@${organization?.domain}`, delete: true });
  if (pageSize !== undefined) await tell('POST', 'switches', { pageSize });
  return { ...tenant, tell };
}
