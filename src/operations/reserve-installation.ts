// Takes the next generation of an organization's connector by keeping its installation: nobody else gets the same one, also not after a removal.
// Only once the connector itself is kept does the installation begin (begin-installation.ts); else it is given up again (end-installation.ts).
import { AppError } from '../domain/errors.ts';
import { newInstallation } from '../domain/installation.ts';
import type { Installation } from '../domain/installation.ts';
import type { OrganizationId } from '../domain/organization.ts';
import type { Ports } from '../domain/ports.ts';

type Needs = Pick<Ports, 'installations' | 'runs' | 'clock'>;

const ATTEMPTS = 5;
/** Runs of connectors from before there were installations. */
const LOOKED_AT = 20;

/** The installation of the next generation, kept. `by` is the object id of whoever adds the connector. */
export async function reserveInstallation(needs: Needs, organization: OrganizationId, by: string): Promise<Installation> {
  for (let attempt = 1; ; attempt += 1) {
    const generation = (await latestGeneration(needs, organization)) + 1;
    const installation = newInstallation({ organization, generation, changedBy: by }, needs.clock.now());
    try {
      await needs.installations.add(installation);
      return installation;
    } catch (error) {
      const isTaken = error instanceof AppError && error.code === 'store.exists';
      if (!isTaken || attempt === ATTEMPTS) throw error;
    }
  }
}

async function latestGeneration({ installations, runs }: Needs, organization: OrganizationId): Promise<number> {
  const [latest, { values }] = await Promise.all([
    installations.latestGeneration(organization),
    runs.list(organization, { top: LOOKED_AT }),
  ]);
  return Math.max(latest, ...values.map(({ generation }) => generation));
}
