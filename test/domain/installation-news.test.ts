// What is told after an attempt: what differs from the one before, and once a day that it still does not work.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CheckedCmdlet } from '../../src/domain/classic-cmdlet.ts';
import type { Feature, InstallationCheck } from '../../src/domain/installation-check.ts';
import { newsOfAttempt } from '../../src/domain/installation-news.ts';
import { newInstallation } from '../../src/domain/installation.ts';
import type { Installation } from '../../src/domain/installation.ts';
import { organization, START, userId } from '../support/discovery-scene.ts';

const fresh = newInstallation({ organization, generation: 1, changedBy: userId(1) }, START);

const broken = (check: string, cause: string): InstallationCheck => ({
  check,
  feature: 'discovery',
  isNeeded: true,
  state: 'missing',
  cause,
  cure: 'c',
});

const missing = (today: string): CheckedCmdlet => ({ classic: today, today, ability: 'devices.read', state: 'missing' });

const waiting = (cause: string, day = '24', more: Partial<Installation> = {}): Installation => ({
  ...fresh,
  state: 'waiting',
  attempts: 1,
  checks: [broken('List of devices', cause)],
  lastCheckedAt: `2026-11-${day}T08:00:00.000Z`,
  nextAttemptAt: `2026-11-${day}T09:00:00.000Z`,
  ...more,
});

const installed = (missingFeatures: readonly Feature[] = []): Installation => ({
  ...fresh,
  state: 'installed',
  missingFeatures,
  installedAt: START,
  lastCheckedAt: START,
});

const names = (before: Installation, after: Installation): string[] => newsOfAttempt(before, after).map(({ name }) => name);

test('a first failure is told, the same one not again on its day, another one and another day are', () => {
  assert.deepEqual(names(fresh, waiting('a')), ['installationFailed']);
  assert.deepEqual(names(waiting('a'), waiting('a')), []);
  assert.deepEqual(names(waiting('a'), waiting('b')), ['installationFailed']);
  assert.deepEqual(names(waiting('a'), waiting('a', '25')), ['installationFailed']);
});

test('the failure names the check, its cause and when it is tried again', () => {
  const [fact] = newsOfAttempt(fresh, waiting('No right.'));

  assert.deepEqual(fact, {
    name: 'installationFailed',
    inserts: { attempt: 1, check: 'List of devices', cause: 'No right.', nextAttemptAt: '2026-11-24T09:00:00.000Z' },
  });
});

test('that it is installed for the first time is told elsewhere', () => {
  assert.deepEqual(names(waiting('a'), installed(['wipe'])), []);
  assert.deepEqual(names(fresh, installed()), []);
});

test('a connection that is lost and comes back is told in words of its own', () => {
  const lost = waiting('a', '24', { installedAt: START });

  assert.deepEqual(names(installed(), lost), ['connectionLost']);
  assert.deepEqual(names(lost, lost), []);
  assert.deepEqual(names(lost, installed()), ['connectionRestored']);
});

test('features are told when they go and when they come', () => {
  assert.deepEqual(newsOfAttempt(installed(), installed(['wipe'])), [{ name: 'featuresReduced', inserts: { features: 'wiping devices' } }]);
  assert.deepEqual(names(installed(['wipe']), installed(['wipe'])), []);
  assert.deepEqual(newsOfAttempt(installed(['wipe', 'mail']), installed(['wipe'])), [
    { name: 'featuresComplete', inserts: { features: 'sending mail' } },
  ]);
  assert.deepEqual(names(installed(['wipe']), installed(['mail'])), ['featuresReduced', 'featuresComplete']);
});

test('each cmdlet that begins to be refused is told once, whatever the classic list calls it', () => {
  const before = { ...installed(), cmdlets: [missing('Get-Mailbox')] };
  const after = { ...installed(), cmdlets: [missing('Get-Mailbox'), missing('Get-MobileDevice'), missing('Get-MobileDevice')] };

  assert.deepEqual(newsOfAttempt(before, after), [{ name: 'cmdletFailed', inserts: { cmdlet: 'Get-MobileDevice' } }]);
});

test('no session at all is told by its cause, again only when that changes', () => {
  const refused = waiting('a', '24', { checks: [broken('Token for Exchange Online', 'no app role')] });
  const other = waiting('a', '24', { checks: [broken('What the roles in Exchange allow', 'no role')] });

  assert.deepEqual(names(fresh, refused), ['sessionFailed', 'installationFailed']);
  assert.deepEqual(names(refused, refused), []);
  assert.deepEqual(names(refused, other), ['sessionFailed', 'installationFailed']);
});
