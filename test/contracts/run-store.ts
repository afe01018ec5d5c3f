// What every RunStore promises. Run on memory and on Azurite.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { beforeEach, describe, test } from 'node:test';
import { addMs } from '../../src/domain/instant.ts';
import { parseOrganizationId } from '../../src/domain/organization.ts';
import type { OrganizationId } from '../../src/domain/organization.ts';
import { noCounts, runIdOf } from '../../src/domain/run.ts';
import type { Run } from '../../src/domain/run.ts';
import type { RunStore } from '../../src/domain/run-store-port.ts';

const T0 = '2026-03-01T06:00:00.000Z';
const afterMinutes = (minutes: number): string => addMs(T0, minutes * 60_000);

/** Declares the suite; each test gets an organization of its own. */
export function runStoreContract(name: string, makeStore: () => RunStore): void {
  describe(`run store contract: ${name}`, () => {
    let organization: OrganizationId;
    let runs: RunStore;

    beforeEach(() => {
      const id = parseOrganizationId(randomUUID());
      assert.ok(id !== undefined);
      organization = id;
      runs = makeStore();
    });

    function aRun(startedAt = T0, more: Partial<Run> = {}): Run {
      const id = runIdOf(startedAt, randomUUID());
      return {
        id,
        organization,
        kind: 'full',
        state: 'running',
        startedAt,
        startedBy: 'schedule',
        counts: noCounts,
        completeness: 0,
        ...more,
      };
    }

    async function begin(run: Run): Promise<string> {
      const begun = await runs.begin(run);
      assert.equal(begun.kind, 'begun');
      return begun.version;
    }

    /** A run that is over. */
    async function past(startedAt: string): Promise<Run> {
      const run = aRun(startedAt);
      const ended: Run = { ...run, state: 'completed', endedAt: addMs(startedAt, 1000), completeness: 1 };
      await runs.end(ended, await begin(run));
      return ended;
    }

    test('a run begins, reports progress and ends; meanwhile no other of its kind begins', async () => {
      const run = aRun();
      const first = await begin(run);

      const other = await runs.begin(aRun(afterMinutes(1)));
      const ofOtherKind = await runs.begin(aRun(afterMinutes(1), { kind: 'delta' }));
      const second = await runs.save({ ...run, counts: { ...noCounts, read: 1000 } }, first);
      await assert.rejects(runs.save(run, first), { code: 'store.stale' });
      await assert.rejects(runs.end({ ...run, state: 'failed' }, first), { code: 'store.stale' });
      const meanwhile = [await runs.running(organization, 'full'), (await runs.get(organization, run.id))?.value.counts.read];
      const third = await runs.end({ ...run, state: 'completed' }, second);
      const next = await runs.begin(aRun(afterMinutes(2)));

      assert.deepEqual(other, { kind: 'already-running', runId: run.id });
      assert.equal(ofOtherKind.kind, 'begun');
      assert.deepEqual(meanwhile, [run.id, 1000]);
      assert.deepEqual(await runs.get(organization, run.id), { value: { ...run, state: 'completed' }, version: third });
      assert.equal(next.kind, 'begun');
    });

    test('of many that begin at the same time, one does, and the others learn which', async () => {
      const asked = Array.from({ length: 6 }, (_, index) => aRun(afterMinutes(index)));

      const begun = await Promise.all(asked.map((run) => runs.begin(run)));

      const winner = asked[begun.findIndex(({ kind }) => kind === 'begun')];
      assert.equal(begun.filter(({ kind }) => kind === 'begun').length, 1);
      assert.deepEqual(
        begun.filter(({ kind }) => kind !== 'begun'),
        Array.from({ length: 5 }, () => ({ kind: 'already-running', runId: winner?.id })),
      );
      assert.deepEqual((await runs.list(organization, { top: 10 })).values, [winner]);
    });

    test('a run that ends twice does not let two others in', async () => {
      const run = aRun();
      const version = await runs.end({ ...run, state: 'held' }, await begin(run));
      const next = aRun(afterMinutes(1));
      await begin(next);

      await runs.end({ ...run, state: 'completed', acceptedBy: 'somebody' }, version);

      assert.deepEqual(await runs.begin(aRun(afterMinutes(2))), { kind: 'already-running', runId: next.id });
      assert.equal((await runs.get(organization, run.id))?.value.state, 'completed');
    });

    test('runs list newest first, page by page, each once', async () => {
      const ended: Run[] = [];
      for (const minute of [3, 1, 59, 60, 1441, 2]) ended.push(await past(afterMinutes(minute)));
      const listed: Run[] = [];
      let continuation: string | undefined;

      do {
        const page = await runs.list(organization, { top: 2, ...(continuation !== undefined && { continuation }) });
        assert.ok(page.values.length <= 2);
        listed.push(...page.values);
        ({ continuation } = page);
      } while (continuation !== undefined);

      assert.deepEqual(
        listed,
        ended.toSorted((a, b) => (a.startedAt < b.startedAt ? 1 : -1)),
      );
    });

    test('old runs are removed, later ones and those that go on stay', async () => {
      await past(afterMinutes(1));
      await past(afterMinutes(2));
      const kept = await past(afterMinutes(10));
      const going = aRun(afterMinutes(3));
      await begin(going);

      const purged = await runs.purge(organization, afterMinutes(10));

      assert.equal(purged, 2);
      assert.deepEqual((await runs.list(organization, { top: 10 })).values, [kept, going]);
    });

    test('what is no id of a run names none', async () => {
      await past(T0);

      assert.equal(await runs.get(organization, 'latest'), undefined);
      assert.equal(await runs.get(organization, runIdOf(T0, randomUUID())), undefined);
    });
  });
}
