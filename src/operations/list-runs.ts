// The runs of an organization, newest first. Progress of those that go on is told run by run (describe-run.ts).
import type { OrganizationId } from '../domain/organization.ts';
import type { Ports } from '../domain/ports.ts';
import type { Run } from '../domain/run.ts';
import type { RunListAsk } from '../domain/run-store-port.ts';
import type { StorePage } from '../domain/store-page.ts';

/** The next runs of the organization. */
export async function listRuns({ runs }: Pick<Ports, 'runs'>, organization: OrganizationId, ask: RunListAsk): Promise<StorePage<Run>> {
  return runs.list(organization, ask);
}
