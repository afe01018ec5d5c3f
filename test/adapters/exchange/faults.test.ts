// The Exchange adapter against every fault of the simulated tenant's list, alone and, by a random sample, in pairs: the whole truth or a failed read
// with the right code. All pairs on ten times as many devices: npm run soak.
import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { parseMailboxGuid } from '../../../src/domain/device-identity.ts';
import { AppError } from '../../../src/domain/errors.ts';
import { mailboxAt } from '../../../src/local/tenant/exchange/find.ts';
import { FAULTS, type FaultName } from '../../../src/local/tenant/faults.ts';
import { EFFECTS_ON_WRITES, faultPairs, isRight, openFaultBench, READ_FAULTS, UNSEEN_FAULT, type Strike } from '../../soak/wire-faults.ts';
import { seededRandom } from '../../support/crash-run.ts';

const SAMPLE = 60;
const seed = Date.now() % 1_000_000;
const random = seededRandom(seed);
const bench = await openFaultBench({ devices: 500, pageSize: 100 });
after(() => bench.stop());

const pageDrawn = (): number => Math.floor(random() * bench.pageCount);

/** Pages of the bench are shorter than the adapter asks for: that the first one may not be the last shows only once. */
const isBlankTwice = (strikes: readonly Strike[]): boolean => strikes.every(({ name }) => /^list-nextlink-(?:null|empty)/.test(name));

function drawnPairs(): Strike[][] {
  const pairs = faultPairs(bench.pageCount, seed).filter((strikes) => !isBlankTwice(strikes));
  return Array.from({ length: SAMPLE }, () => pairs[Math.floor(random() * pairs.length)] ?? []);
}

describe(`a read of ${bench.deviceCount} devices in ${bench.pageCount} pages (seed ${seed})`, () => {
  test('ends as it must, whichever fault strikes the first request or a later page', async () => {
    const strikes = READ_FAULTS.flatMap((name) => [
      { name, skip: 0 },
      { name, skip: pageDrawn() },
    ]);

    const runs: { strike: Strike; run: Awaited<ReturnType<typeof bench.run>> }[] = [];
    for (const strike of strikes) runs.push({ strike, run: await bench.run([strike]) });

    const wrong = runs.filter(({ strike, run }) => !isRight(run, [strike])).map(({ strike, run }) => ({ ...strike, ...run }));
    assert.deepEqual(wrong, []);
    const waiting = runs.filter(({ strike, run }) => strike.skip === 0 && run.waiting.size > 0).map(({ strike }) => strike.name);
    assert.deepEqual(waiting, [], 'Each fault strikes.');
    const short = new Set(runs.filter(({ run }) => run.ending === 'short').map(({ strike }) => strike.name));
    assert.deepEqual([...short], [UNSEEN_FAULT]);
  });

  test('ends as it must when two faults strike', async () => {
    const pairs = drawnPairs();

    const wrong: unknown[] = [];
    for (const strikes of pairs) {
      const run = await bench.run(strikes);
      if (!isRight(run, strikes)) wrong.push({ strikes, ...run });
    }

    assert.deepEqual(wrong, []);
  });

  test('sends nothing to a foreign host, which would have heard it', async () => {
    const { host, heard } = bench.foreign;
    for (const name of ['redirect-foreign', 'list-foreign-nextlink'] as const) await bench.run([{ name, skip: 0 }]);
    const before = structuredClone(heard);

    await fetch(`https://${host}/`, { headers: { authorization: 'Bearer none' } });

    assert.deepEqual(before, { connections: 0, requests: [] });
    assert.deepEqual(heard, { connections: 1, requests: ['GET / authorization'] });
  });
});

for (const [name, effect] of Object.entries(EFFECTS_ON_WRITES)) {
  test(`a write that meets ${name} is carried out once: ${effect}`, async () => {
    const { contoso, tenant } = bench.tenant;
    const index = mailboxAt(contoso.world, 'alice') ?? assert.fail();
    const mailbox = parseMailboxGuid(contoso.world.mailboxes.mailbox(index).guid) ?? assert.fail();
    const id = `After-${name}`;
    tenant.faults.arm({ name });

    const outcome = await contoso
      .exchange()
      .editDeviceLists(mailbox, { allowed: { add: [id] } })
      .then(
        () => 'done',
        (error: unknown) => (error instanceof AppError ? error.code : error),
      );

    assert.equal(outcome, effect);
    assert.equal(tenant.faults.list().length, 0);
    const { allowedDeviceIds } = contoso.world.mailboxes.mailbox(index).settings;
    assert.deepEqual(
      allowedDeviceIds.filter((one) => one === id),
      [id],
    );
  });
}

test('every fault of the tenant is tried', () => {
  const tried: FaultName[] = [...READ_FAULTS, ...(Object.keys(EFFECTS_ON_WRITES) as (keyof typeof EFFECTS_ON_WRITES)[])];

  assert.deepEqual(tried.sort(), Object.keys(FAULTS).sort());
});
