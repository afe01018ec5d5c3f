// Adds the connector of the simulated organization where there is none, and waits until it is installed.
// What keeps it from that is told with cause and cure, as GET …/installation has it.
import { setTimeout as sleep } from 'node:timers/promises';
import { ApiError, type ApiClient } from './api-client.ts';
import type { ProgressLine } from './progress-line.ts';

export interface FirstInstallationNeeds {
  readonly api: ApiClient;
  readonly organization: string;
  /** Of the managed identity that the simulated tenant knows. */
  readonly clientId: string;
  readonly line: ProgressLine;
  readonly signal: AbortSignal;
}

interface Check {
  readonly check: string;
  readonly isNeeded: boolean;
  readonly state: 'works' | 'missing' | 'failed' | 'unknown';
  readonly cause?: string;
  readonly cure?: string;
}

interface Installation {
  readonly state: 'installing' | 'waiting' | 'installed';
  readonly isReduced: boolean;
  readonly missingFeatures: readonly string[];
  readonly checks: readonly Check[];
}

/** Something that the connector cannot do without does not work; the message names it with cause and cure. */
export class InstallationFailed extends Error {
  override readonly name = 'InstallationFailed';
}

const LOOK_AGAIN_MS = 200;

/** Resolves once the connector is installed, with the features that it has to do without. */
export async function firstInstallation(needs: FirstInstallationNeeds): Promise<readonly string[]> {
  const { api, organization, line, signal } = needs;
  const path = `/organizations/${organization}`;
  await add(needs, path);
  for (;;) {
    const installation = (await api.call('GET', `${path}/installation`)) as Installation;
    const { state, checks, missingFeatures } = installation;
    const works = checks.filter((check) => check.state === 'works').length;
    if (state !== 'installed' || works > 0) {
      const share = state === 'installed' ? 1 : works / Math.max(1, checks.length);
      line.show({ label: 'Installation', share, facts: factsOf(checks) });
    }
    if (state !== 'installing') line.end();
    if (state === 'installed') return missingFeatures;
    if (state === 'waiting') throw new InstallationFailed(failureText(checks));
    await sleep(LOOK_AGAIN_MS, undefined, { signal });
  }
}

async function add({ api, clientId }: FirstInstallationNeeds, path: string): Promise<void> {
  try {
    await api.call('GET', `${path}/connector`);
  } catch (error) {
    if (!(error instanceof ApiError) || error.status !== 404) throw error;
    await api.call('PUT', `${path}/connector`, { credential: { kind: 'managed-identity', clientId } });
  }
}

function factsOf(checks: readonly Check[]): string {
  if (checks.length === 0) return 'checking';
  const unknown = checks.filter(({ state }) => state === 'unknown').length;
  const works = checks.filter(({ state }) => state === 'works').length;
  return `${works} of ${checks.length} checks work${unknown === 0 ? '' : `, ${unknown} cannot be tried`}`;
}

function failureText(checks: readonly Check[]): string {
  const faults = checks.filter(({ isNeeded, state }) => isNeeded && (state === 'missing' || state === 'failed'));
  const told = faults.map(({ check, cause = '', cure = '' }) => `  ${check}: ${cause}\n    ${cure}`);
  return ['The connector is not installed; it tries again every hour.', ...told].join('\n');
}
