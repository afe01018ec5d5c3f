// The installation of a connector, as a record: what was checked, what came of it, and when it is checked again. One for each generation.
// Pure rules; what the checks are is in installation-check.ts, how they are made in operations/, when in workflows/installation-workflow.ts.
import type { CheckedCmdlet } from './classic-cmdlet.ts';
import type { Connector } from './connector.ts';
import type { ErrorCode } from './errors.ts';
import type { Feature, InstallationCheck, Judgement } from './installation-check.ts';
import { addMs, msBetween } from './instant.ts';
import type { Instant } from './instant.ts';
import type { OrganizationId } from './organization.ts';
import type { RunKind } from './run.ts';

/** `installing`: not checked yet. `waiting`: something that is needed does not work; it is tried again. `installed`: all that is needed works. */
export type InstallationState = 'installing' | 'waiting' | 'installed' | 'removed';

/** An installation as it is kept. */
export interface Installation {
  readonly organization: OrganizationId;
  /** The generation of the connector. */
  readonly generation: number;
  readonly state: InstallationState;
  readonly createdAt: Instant;
  /** Object id of whoever added the connector. */
  readonly createdBy: string;
  readonly checks: readonly InstallationCheck[];
  readonly cmdlets: readonly CheckedCmdlet[];
  readonly missingFeatures: readonly Feature[];
  readonly attempts: number;
  readonly firstAttemptAt?: Instant;
  readonly lastAttemptAt?: Instant;
  /** When the last attempt had ended. */
  readonly lastCheckedAt?: Instant;
  readonly nextAttemptAt?: Instant;
  /** When everything needed worked for the first time. */
  readonly installedAt?: Instant;
  /** The message that tells of that was written, and the first run was begun. */
  readonly isAnnounced: boolean;
  /** A check is wanted now; gone once one was made that began after it was asked for. */
  readonly retryRequestedAt?: Instant;
  /** An object id, or why the connector itself wants it: `refusal`, `change`. */
  readonly retryRequestedBy?: string;
  /** By then it will have moved: the watchdog looks after one that is silent for longer. */
  readonly wakesAt: Instant;
}

const MINUTE_MS = 60_000;
/** As the classic connector did it. */
const RETRY_MS = 60 * MINUTE_MS;
/** How often one that is installed is checked again. */
export const RECHECK_MS = 24 * 60 * MINUTE_MS;
/** How long an attempt may take before the watchdog looks after it. */
export const ATTEMPT_MS = 10 * MINUTE_MS;
/** Until its first activity reports, an instance is left alone by the watchdog. */
export const START_MS = 2 * MINUTE_MS;
/** A refusal in normal work asks for a check at most so often; where something is known to be missing, refusals are expected. */
const REFUSAL_MS = 5 * MINUTE_MS;
const EXPECTED_REFUSAL_MS = 60 * MINUTE_MS;

/** The name of the orchestration. */
export const INSTALLATION_WORKFLOW = 'installation-workflow';
/** The event that nudges it to look at its record. */
export const RETRY_EVENT = 'retry';

/** The key of an installation. */
export type InstallationKey = Pick<Installation, 'organization' | 'generation'>;

/** The name of the durable instance that works on it. Anything else that claims to is turned away. */
export function instanceOfInstallation({ organization, generation }: InstallationKey): string {
  return `installation-${organization}-${generation}`;
}

/** The installation of a connector that was just added. */
export function newInstallation(
  { organization, generation, changedBy }: Pick<Connector, 'organization' | 'generation' | 'changedBy'>,
  now: Instant,
): Installation {
  return {
    organization,
    generation,
    state: 'installing',
    createdAt: now,
    createdBy: changedBy,
    checks: [],
    cmdlets: [],
    missingFeatures: [],
    attempts: 0,
    isAnnounced: false,
    wakesAt: addMs(now, START_MS),
  };
}

/** Whether everything needed works, though something else does not. */
export function isReduced({ state, missingFeatures }: Pick<Installation, 'state' | 'missingFeatures'>): boolean {
  return state === 'installed' && missingFeatures.length > 0;
}

/** Whether an attempt is to be made now. */
export function isDue({ state, retryRequestedAt, nextAttemptAt }: Installation, now: Instant): boolean {
  if (state === 'removed') return false;
  return retryRequestedAt !== undefined || nextAttemptAt === undefined || now >= nextAttemptAt;
}

/** Whether an instance has something to do for it: an attempt, waiting for one, or telling that it is installed. */
export function isOpenInstallation(installation: Installation, now: Instant): boolean {
  if (installation.state === 'installed') return !installation.isAnnounced || isDue(installation, now);
  return installation.state !== 'removed';
}

/** What an attempt found, and when. */
export interface Attempt extends Judgement {
  readonly startedAt: Instant;
  readonly endedAt: Instant;
  readonly cmdlets: readonly CheckedCmdlet[];
  /** The wish that the attempt answers: one that came meanwhile stays. */
  readonly answers: Instant | undefined;
}

/** The installation after an attempt. Once removed it stays so. */
export function afterAttempt(before: Installation, attempt: Attempt): Installation {
  if (before.state === 'removed') return before;
  const { startedAt, endedAt, isUsable, checks, cmdlets, missingFeatures, answers } = attempt;
  const { retryRequestedAt, retryRequestedBy, installedAt = isUsable ? endedAt : undefined, ...rest } = before;
  const isAnswered = retryRequestedAt === answers;
  const nextAttemptAt = addMs(endedAt, isUsable ? RECHECK_MS : RETRY_MS);
  return {
    ...rest,
    state: isUsable ? 'installed' : 'waiting',
    checks,
    cmdlets,
    missingFeatures,
    attempts: before.attempts + 1,
    firstAttemptAt: before.firstAttemptAt ?? startedAt,
    lastAttemptAt: startedAt,
    lastCheckedAt: endedAt,
    nextAttemptAt,
    ...(installedAt !== undefined && { installedAt }),
    ...(!isAnswered && retryRequestedAt !== undefined && { retryRequestedAt }),
    ...(!isAnswered && retryRequestedBy !== undefined && { retryRequestedBy }),
    wakesAt: addMs(nextAttemptAt, ATTEMPT_MS),
  };
}

/** The installation when somebody wants a check now. */
export function withRetry(installation: Installation, by: string, now: Instant): Installation {
  return { ...installation, retryRequestedAt: now, retryRequestedBy: by, wakesAt: addMs(now, START_MS) };
}

/** The installation once its connector is removed. */
export function withoutConnector(installation: Installation): Installation {
  const { retryRequestedAt: _, retryRequestedBy: _by, nextAttemptAt: _next, ...rest } = installation;
  return { ...rest, state: 'removed' };
}

/** Answers in normal work that make the present findings doubtful. */
const REFUSALS: ReadonlySet<ErrorCode> = new Set([
  'exchange.denied',
  'exchange.unauthenticated',
  'identity.denied',
  'credential.invalid',
  'graph.denied',
]);

/** Whether an error says that Exchange, Graph or Entra refuse us. */
export function isRefusal(code: ErrorCode): boolean {
  return REFUSALS.has(code);
}

/** Whether a refusal in normal work is a reason to check again now. */
export function isCheckWorthwhile(installation: Installation, now: Instant): boolean {
  const { state, retryRequestedAt, lastCheckedAt } = installation;
  if (state !== 'installed' || retryRequestedAt !== undefined || lastCheckedAt === undefined) return false;
  return msBetween(lastCheckedAt, now) >= (isReduced(installation) ? EXPECTED_REFUSAL_MS : REFUSAL_MS);
}

/** Whether runs of that kind may be begun: not before the installation, and statistics not without the right to read them. */
export function mayRun(installation: Installation | undefined, kind: RunKind): boolean {
  if (installation?.state !== 'installed') return false;
  return kind !== 'statistics' || !installation.missingFeatures.includes('statistics');
}

/** Whether a change of settings can change what a check finds. */
export function isCheckAffected(before: Connector, after: Connector): boolean {
  const facts = ({ cloud, credential, scope, notificationMailbox }: Connector): string =>
    JSON.stringify([cloud, Object.entries(credential).toSorted(([a], [b]) => (a < b ? -1 : 1)), scope.kind, notificationMailbox]);
  return facts(before) !== facts(after);
}
