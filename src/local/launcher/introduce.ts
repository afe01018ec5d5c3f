// What `npm start` shows once everything is up: the first discovery as it goes on, then what was found and where to look.
import { callTenant } from '../tenant-control.ts';
import { createApiClient } from './api-client.ts';
import { deviceSummary } from './device-summary.ts';
import { DiscoveryFailed, firstDiscovery, type FirstDiscovery, type FirstDiscoveryNeeds } from './first-discovery.ts';
import { InstallationFailed } from './first-installation.ts';
import type { Launched } from './launcher.ts';
import { createProgressLine } from './progress-line.ts';

export interface IntroductionNeeds {
  readonly isTerminal: boolean;
  readonly useColor: boolean;
  readonly width: number;
  readonly write: (text: string) => void;
  readonly signal: AbortSignal;
}

const COUNT = new Intl.NumberFormat('en-US');

/** Installs and discovers, and answers what to print about it; a discovery that fails is told in words and leaves everything running. */
export async function introduce(
  launched: Launched,
  needs: IntroductionNeeds,
): Promise<{ readonly text: string; readonly isSuccess: boolean }> {
  const { isTerminal, useColor, width, write, signal } = needs;
  const line = createProgressLine({ isTerminal, width, write, now: () => performance.now() });
  try {
    const discovery = await firstDiscovery({ ...discoveryNeeds(launched, signal), line });
    return { text: `${historyText(discovery)}\n${deviceSummary(discovery.found, useColor)}`, isSuccess: true };
  } catch (error) {
    line.end();
    signal.throwIfAborted();
    const cure =
      error instanceof DiscoveryFailed || error instanceof InstallationFailed
        ? 'npm run doctor -- contoso says what the connector may do.'
        : 'The lines above may say why.';
    return { text: `  ${(error as Error).message}\n  ${cure}`, isSuccess: false };
  }
}

function discoveryNeeds({ port, organization, connection }: Launched, signal: AbortSignal): Omit<FirstDiscoveryNeeds, 'line'> {
  const { tenantId, clientId, devices } = organization;
  const token = async (): Promise<string> =>
    ((await callTenant(connection, 'POST', 'tokens', { user: 'admin' })) as { token: string }).token;
  return {
    api: createApiClient({ base: `http://127.0.0.1:${port}/api`, token, signal }),
    organization: tenantId,
    clientId,
    census: { devices },
    signal,
  };
}

function historyText({ isFirst, missingFeatures, runs }: FirstDiscovery): string {
  const reduced = missingFeatures.length === 0 ? [] : [`  Installed with reduced features: without ${missingFeatures.join(', ')}`];
  if (!isFirst) return [...reduced, '  Found by earlier runs, which go on by their schedule:'].join('\n');
  const done = runs.map(({ kind, durationMs, counts }) => {
    const what =
      kind === 'full' ? `${COUNT.format(counts.read)} devices discovered` : `statistics of ${COUNT.format(counts.statistics)} devices read`;
    return `  ${what} in ${(durationMs / 1000).toFixed(1)} s with ${COUNT.format(counts.requests)} requests to Exchange and Graph`;
  });
  return [...reduced, ...done].join('\n');
}
