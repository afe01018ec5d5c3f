// What every RunStore promises. Run on memory and on Azurite.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { beforeEach, describe, test } from 'node:test';
import { addMs } from '../../src/domain/instant.ts';
import { parseOrganizationId } from '../../src/domain/organization.ts';
import type { OrganizationId } from '../../src/domain/organization.ts';
import { noCounts, runIdOf } from '../../src/domain/run.ts';
import type { Run, RunKind, RunPart } from '../../src/domain/run.ts';
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
        restarts: 0,
        generation: 1,
        wakesAt: startedAt,
        ...more,
      };
    }

    async function begin(run: Run): Promise<string> {
      const begun = await runs.begin(run);
      assert.equal(begun.kind, 'begun');
      return begun.version;
    }

    /** A run that is over. */
    async function past(startedAt: string, kind: RunKind = 'full'): Promise<Run> {
      const run = aRun(startedAt, { kind });
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

    test('a run of an id that was begun before is known, while it goes on, after it ended, and while another one goes on', async () => {
      const run = aRun();
      const version = await begin(run);

      const meanwhile = await runs.begin(run);
      await runs.end({ ...run, state: 'completed' }, version);
      const afterwards = await runs.begin({ ...run, startedBy: 'somebody' });
      await begin(aRun(afterMinutes(1)));
      const beside = await runs.begin(run);

      assert.deepEqual([meanwhile, afterwards, beside], [{ kind: 'known' }, { kind: 'known' }, { kind: 'known' }]);
      assert.deepEqual((await runs.get(organization, run.id))?.value, { ...run, state: 'completed' });
    });

    test('parts report how far they have come, each in place of what it reported before', async () => {
      const [run, other] = [aRun(), aRun(afterMinutes(1), { kind: 'delta' })];
      await begin(run);
      await begin(other);
      const part = (of: string, read: number): RunPart => ({ part: of, counts: { ...noCounts, read }, wakesAt: afterMinutes(read) });

      await runs.report(organization, run.id, part('slice-1', 1000));
      await runs.report(organization, run.id, part('mailboxes', 7));
      await runs.report(organization, run.id, part('slice-1', 2000));
      await runs.report(organization, other.id, part('slice-1', 5));

      const parts = await runs.parts(organization, run.id);
      assert.deepEqual(
        parts.toSorted((a, b) => (a.part < b.part ? -1 : 1)),
        [part('mailboxes', 7), part('slice-1', 2000)],
      );
      assert.deepEqual(await runs.parts(organization, aRun().id), []);
    });

    test('runs of one kind list newest first, page by page, as they are now', async () => {
      const ended: Run[] = [];
      for (const minute of [3, 1, 59]) ended.push(await past(afterMinutes(minute), 'delta'));
      await past(afterMinutes(4), 'full');
      const first = await runs.list(organization, { top: 2, kind: 'delta' });
      const rest = await runs.list(organization, { top: 2, kind: 'delta', continuation: first.continuation ?? '' });
      const none = await runs.list(organization, { top: 2, kind: 'statistics' });

      assert.deepEqual(
        [first.values, rest.values].flat(),
        ended.toSorted((a, b) => (a.startedAt < b.startedAt ? 1 : -1)),
      );
      assert.deepEqual([first.values.length, rest.continuation, none], [2, undefined, { values: [] }]);
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
      const old = [await past(afterMinutes(1)), await past(afterMinutes(2))];
      const kept = await past(afterMinutes(10));
      const going = aRun(afterMinutes(3));
      await begin(going);
      for (const { id } of [...old, kept]) {
        for (const part of ['a', 'b']) await runs.report(organization, id, { part, counts: noCounts, wakesAt: T0 });
      }

      const purged = await runs.purge(organization, afterMinutes(10));

      assert.deepEqual(purged.toSorted(), old.map(({ id }) => id).toSorted());
      assert.deepEqual((await runs.list(organization, { top: 10 })).values, [kept, going]);
      assert.deepEqual((await runs.list(organization, { top: 10, kind: 'full' })).values, [kept, going]);
      assert.deepEqual(await Promise.all([...old, kept].map(async ({ id }) => (await runs.parts(organization, id)).length)), [0, 0, 2]);
      assert.deepEqual(await runs.purge(organization, afterMinutes(10)), []);
    });

    test('an organization is removed with its runs, and those of another stay', async () => {
      const run = await past(T0);
      await runs.report(organization, run.id, { part: 'a', counts: noCounts, wakesAt: T0 });
      const elsewhere = parseOrganizationId(randomUUID());
      assert.ok(elsewhere !== undefined);
      await begin(aRun(T0, { organization: elsewhere }));

      await runs.removeAll(organization);

      assert.deepEqual((await runs.list(organization, { top: 5 })).values, []);
      assert.deepEqual(await runs.parts(organization, run.id), []);
      assert.equal((await runs.list(elsewhere, { top: 5 })).values.length, 1);
    });

    test('what is no id of a run names none', async () => {
      await past(T0);

      assert.equal(await runs.get(organization, 'latest'), undefined);
      assert.equal(await runs.get(organization, runIdOf(T0, randomUUID())), undefined);
    });
  });
}
