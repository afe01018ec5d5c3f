// `installation-claim`: whether the instance has something to do for its record now. Promises the watchdog a time by which it will have moved.
import { toDurableError } from '../domain/errors.ts';
import { ATTEMPT_MS, isDue } from '../domain/installation.ts';
import type { Installation } from '../domain/installation.ts';
import type { ClaimAnswer, InstallationTask } from '../domain/installation-task.ts';
import { addMs } from '../domain/instant.ts';
import type { Instant } from '../domain/instant.ts';
import { announceInstallation } from './announce-installation.ts';
import type { AnnounceNeeds } from './announce-installation.ts';
import { changeInstallation } from './change-installation.ts';
import { joinInstallation } from './join-installation.ts';
import type { JoinNeeds } from './join-installation.ts';

/** `go` when an attempt is due, `wait` until it is, `over` when there is none to come. */
export async function claimInstallation(needs: JoinNeeds & AnnounceNeeds, task: InstallationTask): Promise<ClaimAnswer> {
  try {
    return await claim(needs, task);
  } catch (error) {
    throw toDurableError(error);
  }
}

async function claim(needs: JoinNeeds & AnnounceNeeds, task: InstallationTask): Promise<ClaimAnswer> {
  const joined = await joinInstallation(needs, task);
  if (joined.kind === 'over') return { outcome: 'over', reason: joined.reason };
  const { installation, connector } = joined;
  const now = needs.clock.now();
  const claimed = await changeInstallation(needs, installation.value, (current) => withPromise(current, now));
  const current = claimed?.after ?? installation.value;
  if (isDue(current, now)) return { outcome: 'go' };
  if (current.state === 'waiting') return { outcome: 'wait', until: current.nextAttemptAt ?? now };
  if (current.state === 'installed') await announceInstallation(needs, connector, current);
  return { outcome: 'over', reason: current.state === 'removed' ? 'removed' : 'installed' };
}

function withPromise(current: Installation, now: Instant): Installation {
  if (current.state === 'removed') return current;
  const wakesAt = addMs(isDue(current, now) ? now : (current.nextAttemptAt ?? now), ATTEMPT_MS);
  return current.wakesAt === wakesAt ? current : { ...current, wakesAt };
}
