// What is worth telling after an attempt: what differs from the attempt before, and once a day that it still does not work.
// That a connector is installed for the first time is not told here: that has to be told exactly once (operations/announce-installation.ts).
import type { Installation } from './installation.ts';
import { blockingCheck, listFeatures } from './installation-check.ts';
import type { InstallationCheck } from './installation-check.ts';
import type { StatusFact } from './status-message.ts';

/** The messages for an attempt, in the order in which they are to be read. */
export function newsOfAttempt(before: Installation, after: Installation): readonly StatusFact[] {
  return [...cmdletNews(before, after), ...sessionNews(before, after), ...stateNews(before, after)];
}

function cmdletNews(before: Installation, after: Installation): StatusFact[] {
  const known = new Set(missingCmdlets(before));
  return missingCmdlets(after)
    .filter((cmdlet) => !known.has(cmdlet))
    .map((cmdlet) => ({ name: 'cmdletFailed', inserts: { cmdlet } }));
}

function missingCmdlets({ cmdlets }: Installation): readonly string[] {
  return [...new Set(cmdlets.filter(({ state }) => state === 'missing').map(({ today, classic }) => today ?? classic))];
}

const SESSION_CHECKS: ReadonlySet<string> = new Set([
  'Token for Exchange Online',
  'Exchange Online answers',
  'What the roles in Exchange allow',
]);

/** That no session could be opened at all: the credential, the way to Exchange, or the role as a whole. */
function sessionNews(before: Installation, after: Installation): StatusFact[] {
  const broken = sessionFault(after);
  if (!broken || broken.cause === sessionFault(before)?.cause) return [];
  const { organization } = after;
  return [{ name: 'sessionFailed', inserts: { organization, cause: broken.cause ?? '' } }];
}

function sessionFault({ checks }: Installation): InstallationCheck | undefined {
  return checks.find(({ check, state }) => SESSION_CHECKS.has(check) && (state === 'missing' || state === 'failed'));
}

function stateNews(before: Installation, after: Installation): StatusFact[] {
  if (after.state !== 'installed') return failureNews(before, after);
  // Told with the installation itself.
  if (before.installedAt === undefined) return [];
  const restored: StatusFact[] = before.state === 'waiting' ? [{ name: 'connectionRestored', inserts: {} }] : [];
  const lost = after.missingFeatures.filter((feature) => !before.missingFeatures.includes(feature));
  const won = before.missingFeatures.filter((feature) => !after.missingFeatures.includes(feature));
  return [
    ...restored,
    ...(lost.length > 0 ? [{ name: 'featuresReduced', inserts: { features: listFeatures(after.missingFeatures) } } as const] : []),
    // While nothing worked, everything was missing: that it works again was told.
    ...(won.length > 0 && before.state === 'installed'
      ? [{ name: 'featuresComplete', inserts: { features: listFeatures(won) } } as const]
      : []),
  ];
}

function failureNews(before: Installation, after: Installation): StatusFact[] {
  const isKnown = before.state === 'waiting' && reasonOf(before) === reasonOf(after);
  if (isKnown && dayOf(before) === dayOf(after)) return [];
  const blocking = blockingCheck(after.checks);
  const inserts = {
    check: blocking?.check ?? 'nothing was checked',
    cause: blocking?.cause ?? '',
    nextAttemptAt: after.nextAttemptAt ?? '',
  };
  if (after.installedAt === undefined) return [{ name: 'installationFailed', inserts: { ...inserts, attempt: after.attempts } }];
  return [{ name: 'connectionLost', inserts }];
}

function reasonOf({ checks }: Installation): string {
  const blocking = blockingCheck(checks);
  return `${blocking?.check} ${blocking?.cause}`;
}

function dayOf({ lastCheckedAt = '' }: Installation): string {
  return lastCheckedAt.slice(0, 'yyyy-mm-dd'.length);
}
