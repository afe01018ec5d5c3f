// The organizations that a caller may see: those with a connector and a grant. It says nothing of others.
import pMap from 'p-map';
import { heldFor } from '../domain/authorization.ts';
import type { Caller } from '../domain/caller.ts';
import type { Connector } from '../domain/connector.ts';
import type { Ports } from '../domain/ports.ts';
import { decideAccess } from './decide-access.ts';
import type { AccessNeeds } from './decide-access.ts';

type Needs = AccessNeeds & Pick<Ports, 'connectors'>;

const PARALLEL_READS = 8;

/** The connectors of the organizations of which the caller may read some devices, in the order of their ids. */
export async function listOrganizations(needs: Needs, caller: Caller): Promise<readonly Connector[]> {
  const connectors = (await needs.connectors.list()).map(({ value }) => value);
  const isSeen = async ({ organization }: Connector): Promise<boolean> => {
    const { holdings } = await decideAccess(needs, caller, organization);
    return heldFor(holdings, 'Collection.Read').kind !== 'none';
  };
  const seen = await pMap(connectors, isSeen, { concurrency: PARALLEL_READS });
  return connectors.filter((_, index) => seen[index]);
}
