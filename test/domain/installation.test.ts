// The rules of an installation, as tables: when it is due, what an attempt makes of it, when a refusal counts, which runs may be begun.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { defaultConnectorSettings } from '../../src/domain/connector.ts';
import type { Connector } from '../../src/domain/connector.ts';
import {
  afterAttempt,
  isCheckAffected,
  isCheckWorthwhile,
  isDue,
  isOpenInstallation,
  isRefusal,
  mayRun,
  newInstallation,
  withoutConnector,
  withRetry,
} from '../../src/domain/installation.ts';
import type { Attempt, Installation, InstallationState } from '../../src/domain/installation.ts';
import type { Feature } from '../../src/domain/installation-check.ts';
import { addMs } from '../../src/domain/instant.ts';
import { runKinds } from '../../src/domain/run.ts';
import { organization, START, userId } from '../support/discovery-scene.ts';

const MINUTE_MS = 60_000;
const later = (minutes: number): string => addMs(START, minutes * MINUTE_MS);
const fresh = newInstallation({ organization, generation: 1, changedBy: userId(1) }, START);

const attempt = (isUsable: boolean, minutes: number, more: Partial<Attempt> = {}): Attempt => ({
  isUsable,
  checks: [],
  cmdlets: [],
  missingFeatures: [],
  startedAt: later(minutes),
  endedAt: later(minutes + 1),
  answers: undefined,
  ...more,
});

const checked = (state: InstallationState, missingFeatures: readonly Feature[] = []): Installation => ({
  ...fresh,
  state,
  missingFeatures,
  lastCheckedAt: START,
});

test('a failed attempt waits an hour from its end, a good one a day; the first of each kind is remembered', () => {
  const failed = afterAttempt(fresh, attempt(false, 0));
  const installed = afterAttempt(failed, attempt(true, 61));
  const lost = afterAttempt(installed, attempt(false, 1502));

  assert.deepEqual([failed.state, failed.nextAttemptAt, failed.attempts, failed.installedAt], ['waiting', later(61), 1, undefined]);
  assert.deepEqual([installed.state, installed.nextAttemptAt, installed.installedAt], ['installed', later(62 + 1440), later(62)]);
  assert.deepEqual([lost.state, lost.attempts, lost.firstAttemptAt, lost.installedAt], ['waiting', 3, START, later(62)]);
  assert.deepEqual([lost.lastAttemptAt, lost.lastCheckedAt], [later(1502), later(1503)]);
  assert.ok([failed, installed, lost].every(({ wakesAt, nextAttemptAt = '' }) => wakesAt > nextAttemptAt));
});

test('an attempt answers the wish that was there when it began, and no other', () => {
  const wished = withRetry(fresh, 'refusal', later(1));
  const wishedAgain = withRetry(wished, 'change', later(2));

  const answered = afterAttempt(wished, attempt(false, 1, { answers: later(1) }));
  const open = afterAttempt(wishedAgain, attempt(false, 1, { answers: later(1) }));
  const unexpected = afterAttempt(wished, attempt(false, 0));

  assert.deepEqual([answered.retryRequestedAt, answered.retryRequestedBy], [undefined, undefined]);
  assert.deepEqual([open.retryRequestedAt, open.retryRequestedBy], [later(2), 'change']);
  assert.equal(unexpected.retryRequestedAt, later(1));
});

test('what is removed stays removed, whatever an attempt found', () => {
  const removed = withoutConnector(withRetry(fresh, 'change', START));

  assert.equal(afterAttempt(removed, attempt(true, 0)), removed);
  assert.equal(isDue(removed, later(9999)), false);
  assert.equal(isOpenInstallation(removed, later(9999)), false);
});

test('it is due before the first attempt, at its time, and when somebody asks', () => {
  const waiting = afterAttempt(fresh, attempt(false, 0));
  const cases: [Installation, string, boolean][] = [
    [fresh, START, true],
    [waiting, later(60), false],
    [waiting, later(61), true],
    [withRetry(waiting, 'x', later(2)), later(2), true],
  ];

  for (const [installation, now, expected] of cases) assert.equal(isDue(installation, now), expected, now);
});

test('an instance has something to do while it waits; once installed only at its time, or until that is told', () => {
  const waiting = afterAttempt(fresh, attempt(false, 0));
  const installed = afterAttempt(fresh, attempt(true, 0));
  const announced = { ...installed, isAnnounced: true };

  assert.deepEqual(
    [fresh, waiting, installed, announced].map((each) => isOpenInstallation(each, later(5))),
    [true, true, true, false],
  );
  assert.equal(isOpenInstallation(announced, later(1441)), true);
});

test('refusals of Exchange, Entra and Graph count; what is slow, busy or stopped does not', () => {
  const codes = ['exchange.denied', 'exchange.unauthenticated', 'identity.denied', 'credential.invalid', 'graph.denied'] as const;
  const others = ['exchange.throttled', 'exchange.unavailable', 'exchange.incomplete', 'run.stopped', 'store.denied', 'internal'] as const;

  assert.deepEqual(
    codes.map(isRefusal),
    codes.map(() => true),
  );
  assert.deepEqual(
    others.map(isRefusal),
    others.map(() => false),
  );
});

test('a refusal is worth a check five minutes after the last one, an hour where something is known to be missing', () => {
  const cases: [Installation, number, boolean][] = [
    [checked('installed'), 4, false],
    [checked('installed'), 5, true],
    [checked('installed', ['statistics']), 59, false],
    [checked('installed', ['statistics']), 60, true],
    [checked('waiting'), 500, false],
    [fresh, 500, false],
    [withRetry(checked('installed'), 'x', START), 500, false],
  ];

  for (const [installation, minutes, expected] of cases) assert.equal(isCheckWorthwhile(installation, later(minutes)), expected);
});

test('runs begin once it is installed; statistics not without the right to read them', () => {
  const kindsOf = (installation: Installation | undefined): readonly string[] => runKinds.filter((kind) => mayRun(installation, kind));

  assert.deepEqual(kindsOf(undefined), []);
  for (const state of ['installing', 'waiting', 'removed'] as const) assert.deepEqual(kindsOf(checked(state)), []);
  assert.deepEqual(kindsOf(checked('installed')), runKinds);
  assert.deepEqual(kindsOf(checked('installed', ['wipe', 'statistics'])), ['full', 'delta']);
});

test('a change of cloud, credential, kind of scope or notification mailbox asks for a check; one of schedules does not', () => {
  const connector: Connector = {
    ...defaultConnectorSettings,
    organization,
    generation: 1,
    createdAt: START,
    changedAt: START,
    changedBy: userId(1),
  };
  const matters: Partial<Connector>[] = [
    { cloud: 'usgov' },
    { credential: { kind: 'secret', clientId: userId(2), name: 'A' } },
    { scope: { kind: 'groups', groupIds: [userId(3)] } },
    { notificationMailbox: 'it@contoso.example' },
  ];
  const mattersNot: Partial<Connector>[] = [{ keepGoneDays: 1 }, { displayName: 'x' }, { changedAt: later(1) }, { statisticsMinutes: 3 }];

  assert.ok(matters.every((change) => isCheckAffected(connector, { ...connector, ...change })));
  assert.ok(mattersNot.every((change) => !isCheckAffected(connector, { ...connector, ...change })));
});

test('however attempts and wishes follow each other, a wish is answered by an attempt that began after it', () => {
  const step = fc.oneof(fc.constant('wish' as const), fc.record({ isUsable: fc.boolean(), wishInside: fc.boolean() }));
  fc.assert(
    fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
      let installation = fresh;
      let open: string | undefined;
      for (const [index, each] of steps.entries()) {
        const minutes = index * 10;
        if (each === 'wish') {
          open = later(minutes);
          installation = withRetry(installation, 'x', open);
          continue;
        }
        const answers = installation.retryRequestedAt;
        open = each.wishInside ? later(minutes + 1) : undefined;
        if (open !== undefined) installation = withRetry(installation, 'x', open);
        installation = afterAttempt(installation, attempt(each.isUsable, minutes, { answers }));
        assert.equal(installation.retryRequestedAt, open);
      }
      assert.equal(installation.retryRequestedAt, open);
    }),
  );
});
