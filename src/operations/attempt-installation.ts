// `installation-attempt`: makes all checks of an installation once and keeps what came of them. It changes nothing in Exchange, so that
// doing it twice costs time only.
import { toDurableError } from '../domain/errors.ts';
import { checkCmdlets } from '../domain/classic-cmdlet.ts';
import { afterAttempt, isDue } from '../domain/installation.ts';
import type { Attempt, Installation } from '../domain/installation.ts';
import { judgeChecks } from '../domain/installation-check.ts';
import { newsOfAttempt } from '../domain/installation-news.ts';
import type { InstallationAnswer, InstallationTask } from '../domain/installation-task.ts';
import type { Instant } from '../domain/instant.ts';
import type { Connector } from '../domain/connector.ts';
import { announceInstallation } from './announce-installation.ts';
import type { AnnounceNeeds } from './announce-installation.ts';
import { changeInstallation } from './change-installation.ts';
import type { ChangedInstallation } from './change-installation.ts';
import { examineConnector } from './examine-connector.ts';
import type { ExamineNeeds } from './examine-connector.ts';
import { joinInstallation } from './join-installation.ts';
import type { JoinNeeds } from './join-installation.ts';
import { noteStatusMessage } from './record-status-message.ts';

type Needs = JoinNeeds & AnnounceNeeds & ExamineNeeds;

/** One attempt, unless none is due any more. `signal` ends checks that take too long: that is a failed attempt. */
export async function attemptInstallation(needs: Needs, task: InstallationTask, signal?: AbortSignal): Promise<InstallationAnswer> {
  try {
    const joined = await joinInstallation(needs, task);
    if (joined.kind === 'over') return { outcome: 'over', reason: joined.reason };
    const { installation, connector } = joined;
    if (!isDue(installation.value, needs.clock.now())) return answerOf(installation.value, needs.clock.now());
    return await attempt(needs, connector, installation.value, signal);
  } catch (error) {
    throw toDurableError(error);
  }
}

async function attempt(
  needs: Needs,
  connector: Connector,
  installation: Installation,
  signal: AbortSignal | undefined,
): Promise<InstallationAnswer> {
  const startedAt = needs.clock.now();
  const { findings, connection, rights } = await examineConnector(needs, connector, signal);
  const endedAt = needs.clock.now();
  const cmdlets = checkCmdlets(rights, connection);
  const made: Attempt = { ...judgeChecks(findings, connector), startedAt, endedAt, cmdlets, answers: installation.retryRequestedAt };
  const changed = await changeInstallation(needs, installation, (current) => afterAttempt(current, made));
  if (!changed) return { outcome: 'over', reason: 'missing' };
  if (changed.before === changed.after) return { outcome: 'over', reason: 'removed' };
  await tell(needs, changed);
  if (changed.after.state === 'installed') await announceInstallation(needs, connector, changed.after);
  return answerOf(changed.after, needs.clock.now());
}

async function tell(needs: Needs, { before, after }: ChangedInstallation): Promise<void> {
  const { organization, generation, state, attempts, lastCheckedAt: at = needs.clock.now(), missingFeatures } = after;
  const facts = { component: 'SMS_EXCHANGE_CONNECTOR', log: 'SiteComp', organization, generation, attempts } as const;
  needs.log.info('installation.attempted', { ...facts, state, missingFeatures, nextAttemptAt: after.nextAttemptAt });
  const related = { kind: 'installation', id: String(generation) } as const;
  for (const [index, fact] of newsOfAttempt(before, after).entries()) {
    const id = `attempt-${generation}-${attempts}-${String(index).padStart(2, '0')}`;
    await noteStatusMessage(needs, fact, { organization, at, id, related });
  }
}

function answerOf(installation: Installation, now: Instant): InstallationAnswer {
  if (isDue(installation, now)) return { outcome: 'wait', until: now };
  if (installation.state === 'waiting') return { outcome: 'wait', until: installation.nextAttemptAt ?? now };
  return { outcome: 'over', reason: installation.state === 'removed' ? 'removed' : 'installed' };
}
