// The installation of a connector as it is answered, and what may be asked of it.
import * as z from 'zod';
import { featureOf, features } from '../../domain/installation-check.ts';
import { isReduced } from '../../domain/installation.ts';
import type { Installation } from '../../domain/installation.ts';
import { Time } from './answers.ts';

const FeatureName = z.enum(features);
const text = z.string();

const CheckView = z
  .strictObject({
    check: text.meta({ description: 'What was checked.' }),
    feature: FeatureName.meta({ description: 'What it is for.' }),
    isNeeded: z.boolean().meta({ description: 'The connector cannot be installed without it.' }),
    state: z.enum(['works', 'missing', 'failed', 'unknown']),
    detail: text.optional().meta({ description: 'What was seen.' }),
    cause: text.optional(),
    cure: text.optional(),
  })
  .meta({ id: 'InstallationCheck' });

const CmdletView = z
  .strictObject({
    classic: text.meta({ description: 'The cmdlet whose right the classic connector asked for.' }),
    today: text.optional().meta({ description: 'The cmdlet that is run today; left out where there is none.' }),
    feature: FeatureName,
    state: z.enum(['works', 'missing', 'unknown', 'replaced']),
    note: text.optional(),
  })
  .meta({ id: 'InstallationCmdlet' });

/** How a connector stands, for lists and for the connector itself. */
export const connectorStateShape = {
  state: z
    .enum(['installing', 'waiting', 'installed'])
    .meta({ description: 'waiting: something needed does not work; it is tried again.' }),
  isReduced: z.boolean().meta({ description: 'Installed, but not every feature works.' }),
};

/** An installation. */
export const InstallationView = z
  .strictObject({
    organization: z.guid(),
    generation: z.int(),
    ...connectorStateShape,
    missingFeatures: z.array(FeatureName),
    createdAt: Time,
    createdBy: text,
    attempts: z.int(),
    firstAttemptAt: Time.optional(),
    lastAttemptAt: Time.optional(),
    lastCheckedAt: Time.optional().meta({ description: 'When the last attempt had ended: the checks are as of then.' }),
    nextAttemptAt: Time.optional(),
    installedAt: Time.optional().meta({ description: 'When everything needed worked for the first time.' }),
    retryRequestedAt: Time.optional().meta({ description: 'A check was asked for and has not begun yet.' }),
    retryRequestedBy: text.optional().meta({ description: 'An object id, refusal, or change.' }),
    wakesAt: Time.meta({ description: 'By then the installation will have moved, or the watchdog looks after it.' }),
    checks: z.array(CheckView),
    cmdlets: z.array(CmdletView),
  })
  .meta({ id: 'Installation' });

export const RetryBody = z.strictObject({ retry: z.literal(true) }).meta({ id: 'InstallationRetry' });

/** How the connector of the installation stands. */
export function connectorState(installation: Installation): z.output<z.ZodObject<typeof connectorStateShape>> {
  const { state } = installation;
  // What is removed is not shown: its connector is gone.
  return { state: state === 'removed' ? 'waiting' : state, isReduced: isReduced(installation) };
}

/** The installation as it is answered. */
export function installationView(installation: Installation): z.output<typeof InstallationView> {
  const { isAnnounced: _, cmdlets, checks, missingFeatures, state: _state, ...rest } = installation;
  return {
    ...rest,
    ...connectorState(installation),
    missingFeatures: [...missingFeatures],
    checks: [...checks],
    cmdlets: cmdlets.map(({ ability, ...cmdlet }) => ({ ...cmdlet, feature: featureOf(ability) })),
  };
}
