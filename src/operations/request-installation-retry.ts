// Somebody asks for the checks of an installation to be made now instead of at the next full hour.
import type { Caller } from '../domain/caller.ts';
import type { Connector } from '../domain/connector.ts';
import { AppError } from '../domain/errors.ts';
import type { Installation } from '../domain/installation.ts';
import type { Ports } from '../domain/ports.ts';
import { askForCheck } from './ask-for-check.ts';
import type { CheckNeeds } from './ask-for-check.ts';
import { entriesFor } from './entries-for.ts';

type Needs = CheckNeeds & Pick<Ports, 'ids'>;

/** Keeps the wish and answers the installation. To ask again changes the time of the wish and nothing else. */
export async function requestInstallationRetry(needs: Needs, connector: Connector, caller: Caller): Promise<Installation> {
  const { organization, generation } = connector;
  const fact = { type: 'installation.retried', subject: organization, details: { generation } } as const;
  const entries = entriesFor(needs, { organization, caller }, fact);
  const asked = await askForCheck(needs, { organization, generation }, { by: caller.objectId, entries });
  if (!asked) throw new AppError('installation.missing');
  return asked;
}
