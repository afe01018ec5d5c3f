import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import * as fc from 'fast-check';
import type { DeviceQuery } from '../../src/domain/device.ts';
import { FairSample, quantilesOf } from '../../src/domain/fair-sample.ts';
import { addMs, msBetween } from '../../src/domain/instant.ts';
import {
  chainSlices,
  deviceIdSlices,
  firstSyncSlices,
  fitSamples,
  learnBounds,
  poolSamples,
  SLICE_DEVICES,
  sliceModeOf,
  splitSlice,
} from '../../src/domain/slice.ts';
import type { Slice, SliceSample } from '../../src/domain/slice.ts';

interface Phone {
  readonly firstSyncAt?: string | undefined;
  readonly deviceId?: string | undefined;
}

/** What Exchange makes of a query. */
function fits({ firstSyncAt, deviceId }: Phone, { firstSync, deviceIdPrefix, deviceIdWithout = [] }: DeviceQuery): boolean {
  const begins = (prefix: string): boolean => deviceId?.toLowerCase().startsWith(prefix.toLowerCase()) ?? false;
  if (deviceIdPrefix !== undefined && !begins(deviceIdPrefix)) return false;
  if (deviceIdWithout.some(begins)) return false;
  if (firstSync === undefined) return true;
  if (firstSync === 'missing') return firstSyncAt === undefined;
  if (firstSync.from === undefined && firstSync.before === undefined) return true;
  if (firstSyncAt === undefined) return false;
  return (
    (firstSync.from === undefined || firstSyncAt >= firstSync.from) && (firstSync.before === undefined || firstSyncAt < firstSync.before)
  );
}

const countIn = (slices: readonly Slice[], phone: Phone): number => slices.filter(({ query }) => fits(phone, query)).length;

const instant = fc
  .oneof(
    fc.date({ min: new Date('2012-01-01'), max: new Date('2027-01-01'), noInvalidDate: true }),
    fc.integer({ min: 0, max: 40 }).map((ms) => new Date(Date.parse('2026-03-01T00:00:00Z') + ms)),
  )
  .map((date) => date.toISOString());
const alphanumeric = fc.constantFrom('a', 'A', 'b', 'B', 'p', 'P', 'z', 'Z', '0', '1', '9');
const deviceId = fc.string({ unit: alphanumeric, maxLength: 8 });
const phone = fc.record({ firstSyncAt: fc.option(instant, { nil: undefined }), deviceId: fc.option(deviceId, { nil: undefined }) });
const aPlan = fc.oneof(
  fc.constant(chainSlices({ pass: 1, mailboxesWithDevices: 0 })),
  fc.array(instant, { minLength: 1, maxLength: 20 }).map(firstSyncSlices),
  fc
    .tuple(fc.array(fc.option(deviceId, { nil: undefined }), { maxLength: 60 }), fc.integer({ min: 0, max: 400_000 }))
    .map(([ids, count]) => deviceIdSlices(ids, count)),
);

describe('every device there may be', () => {
  test('is in at least one slice of any plan', () => {
    fc.assert(
      fc.property(aPlan, phone, (plan, device) => assert.ok(countIn(plan, device) >= 1)),
      { numRuns: 500 },
    );
  });

  test('is still in one when a slice that has it is split, again and again, by any sample', () => {
    const samples = fc.array(fc.array(instant, { maxLength: 64 }), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(aPlan, phone, samples, (plan, device, steps) => {
        let slice = plan.find(({ query }) => fits(device, query));
        for (const sample of steps) {
          assert.ok(slice);
          const parts = splitSlice(slice, sample);
          if (parts.length === 0) return;

          slice = parts.find(({ query }) => fits(device, query));
        }
        assert.ok(slice);
      }),
      { numRuns: 500 },
    );
  });

  test('is outside the parts when it is outside the slice', () => {
    fc.assert(
      fc.property(aPlan, phone, fc.array(instant, { maxLength: 64 }), (plan, device, sample) => {
        for (const slice of plan.filter(({ query }) => !fits(device, query))) assert.equal(countIn(splitSlice(slice, sample), device), 0);
      }),
    );
  });
});

test('ranges of one plan follow each other without a gap, each beginning less than a day before the one before it ends', () => {
  fc.assert(
    fc.property(fc.uniqueArray(instant, { minLength: 1, maxLength: 30 }), (bounds) => {
      const ranges = firstSyncSlices(bounds).map(({ query }) => query.firstSync);

      assert.equal(ranges.pop(), 'missing');
      for (const [index, range] of ranges.entries()) {
        const next = ranges[index + 1];
        assert.ok(typeof range === 'object');
        assert.equal(range.from === undefined, index === 0);
        assert.equal(range.before === undefined, next === undefined);
        if (typeof next !== 'object' || range.before === undefined || next.from === undefined) continue;
        const overlapMs = msBetween(next.from, range.before);
        assert.ok(overlapMs >= 0 && overlapMs <= 86_400_000);
      }
    }),
  );
});

test('names of slices and of their parts are never the same and fit into the name of a file', () => {
  fc.assert(
    fc.property(aPlan, fc.array(instant, { maxLength: 64 }), (plan, sample) => {
      const names = [...plan, ...plan.flatMap((slice) => splitSlice(slice, sample))].map(({ name }) => name);

      assert.equal(new Set(names).size, names.length);
      for (const name of names) assert.match(name, /^[a-z0-9-]+$/);
    }),
  );
});

test('a part keeps what else the slice asks for', () => {
  const slice: Slice = { name: 'quarantined', query: { accessState: 'Quarantined', firstSync: { from: '2026-01-01T00:00:00.000Z' } } };

  const parts = [...splitSlice(slice, ['2026-02-01T00:00:00.000Z', '2026-03-01T00:00:00.000Z']), ...splitSlice(slice, [])];

  assert.ok(parts.length > 36);
  assert.ok(parts.every(({ query }) => query.accessState === 'Quarantined' && query.firstSync !== undefined));
});

test('what begins with no letter or digit is one slice that cannot be split any further', () => {
  const [slice] = splitSlice({ name: 'first-sync-missing', query: { firstSync: 'missing' } }, []).slice(-1);
  assert.ok(slice);

  const parts = splitSlice(slice, []);

  assert.deepEqual(parts, []);
});

describe('how a run reads', () => {
  const many = { pass: 1 as const, expected: 50_000, sliceBounds: ['2026-01-01T00:00:00.000Z'] };
  const cases = [
    ['in one chain when nothing is known', { pass: 1 as const, expected: 0 }, 'chain'],
    ['in one chain when the list is short', { ...many, expected: SLICE_DEVICES }, 'chain'],
    ['in one chain again when the list is short and the total is odd', { ...many, pass: 2 as const, expected: 3 }, 'chain'],
    ['in ranges of first-sync times when they are learnt', many, 'first-sync'],
    ['in one chain when they are not', { ...many, sliceBounds: [] }, 'chain'],
    ['in ranges for six runs', { ...many, slicedRuns: 5 }, 'first-sync'],
    ['by DeviceIds at the seventh', { ...many, slicedRuns: 6 }, 'device-id'],
    ['by DeviceIds in a second pass', { ...many, pass: 2 as const }, 'device-id'],
  ] as const;
  for (const [what, facts, mode] of cases) test(what, () => assert.equal(sliceModeOf(facts), mode));
});

/** Reads at most `cap` of what fits, in the order of the list, and splits what is longer; answers what was read to its end. */
function readAll(
  phones: readonly Phone[],
  plan: readonly Slice[],
  cap: number,
): { complete: Map<string, readonly Phone[]>; wasted: number } {
  const complete = new Map<string, readonly Phone[]>();
  let wasted = 0;
  const open = [...plan];
  for (let slice = open.pop(); slice; slice = open.pop()) {
    const { name, query } = slice;
    const found = phones.filter((device) => fits(device, query));
    if (found.length <= cap) {
      complete.set(name, found);
      continue;
    }
    wasted += cap;
    const times = found.slice(0, cap).flatMap(({ firstSyncAt }) => (firstSyncAt === undefined ? [] : [firstSyncAt]));
    const parts = splitSlice(slice, quantilesOf(times.toSorted(), 64));
    assert.ok(parts.length > 0, `${name} cannot be cut`);
    open.push(...parts);
  }
  return { complete, wasted };
}

const HOUR_MS = 3_600_000;
/** 3,000 phones in a list; a page of 10 of them stands for one of 1,000. */
const population = (timeOf: (index: number) => number, more: (index: number) => Partial<Phone> = () => ({})): readonly Phone[] =>
  Array.from({ length: 3000 }, (_, index) => ({
    firstSyncAt: addMs('2024-01-01T00:00:00.000Z', timeOf(index)),
    deviceId: (index * 2_654_435_761).toString(36),
    ...more(index),
  }));
const scattered = (index: number): number => ((index * 7919) % 3000) * 8 * HOUR_MS;

describe('a first run in one chain that is too long ends with every device, however Exchange lists them:', () => {
  const orders = {
    'in no order': population(scattered),
    'oldest first': population((index) => index * 8 * HOUR_MS),
    'newest first': population((index) => (3000 - index) * 8 * HOUR_MS),
    'half of them on one day': population((index) => (index % 2 === 0 ? scattered(index) : index * 20_000)),
    'all of one moment': population(() => 0),
    'none with a first sync': population(scattered, () => ({ firstSyncAt: undefined })),
  };
  for (const [what, phones] of Object.entries(orders)) {
    test(what, () => {
      const { complete, wasted } = readAll(phones, chainSlices({ pass: 1, mailboxesWithDevices: 0 }), 200);

      const read = [...complete.values()].flat();
      assert.equal(new Set(read).size, phones.length);
      assert.ok(read.length <= phones.length * 1.02, `${read.length} rows`);
      assert.ok(wasted <= phones.length, `${wasted} rows were read for nothing`);
    });
  }
});

describe('learnt bounds', () => {
  const count = 300_000;
  const curves = {
    'of a steady growth': (share: number) => share * 900 * 24 * HOUR_MS,
    'of a growth that grows': (share: number) => Math.sqrt(share) * 900 * 24 * HOUR_MS,
    'of a migration in one week': (share: number) => (share < 0.6 ? share : 0.6 + (share - 0.6) / 20) * 900 * 24 * HOUR_MS,
    'of working days': (share: number) => {
      const day = share * 650;
      return (Math.floor(day) + 2 * Math.floor(day / 5) + 0.3 + 0.4 * (day % 1)) * 24 * HOUR_MS;
    },
  };
  for (const [what, curve] of Object.entries(curves)) {
    test(`${what} make slices that can be read in one go, and hardly a row is read twice`, () => {
      const timeAt = (index: number): string => addMs('2024-01-01T00:00:00.000Z', Math.floor(curve(index / count)));
      const sample = Array.from({ length: 10_000 }, (_, index) => timeAt(index * 30));

      const slices = firstSyncSlices(learnBounds(sample, count));

      const all = Array.from({ length: count / 10 }, (_, index) => ({ firstSyncAt: timeAt(index * 10) }));
      const sizes = slices.map(({ query }) => all.filter((device) => fits(device, query)).length * 10);
      assert.ok(Math.max(...sizes) < 20_000, `a slice has ${Math.max(...sizes)} devices`);
      assert.ok(slices.length < 22, `${slices.length} slices`);
      const rows = sizes.reduce((sum, size) => sum + size, 0);
      assert.ok(rows - count <= count / 100, `${rows - count} rows are read twice`);
    });
  }

  test('are none for a list that one activity reads', () => {
    assert.deepEqual(learnBounds(['2026-01-01T00:00:00.000Z', '2026-01-02T00:00:00.000Z'], SLICE_DEVICES), []);
  });

  test('are none where all devices first synced at one moment', () => {
    assert.deepEqual(
      learnBounds(
        Array.from({ length: 1000 }, () => '2026-01-01T00:00:00.000Z'),
        100_000,
      ),
      [],
    );
  });
});

describe('samples of slices', () => {
  const DAYS = 900;
  /** The share of all devices that first synced before a time. */
  const shareBefore = (times: readonly string[], bound: string): number => times.filter((time) => time < bound).length / times.length;
  const curve = fc.constantFrom(
    (share: number) => share,
    (share: number) => Math.sqrt(share),
    (share: number) => (share < 0.6 ? share : 0.6 + (share - 0.6) / 20),
  );
  /** A population in order, and how it falls into slices: by ranges of its times, or as if by chance. */
  const partitioned = fc
    .tuple(
      curve,
      fc.integer({ min: 800, max: 4000 }),
      fc.uniqueArray(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 30 }),
      fc.boolean(),
    )
    .map(([grow, size, cuts, isByTime]) => {
      const times = Array.from({ length: size }, (_, index) =>
        addMs('2024-01-01T00:00:00.000Z', Math.floor(grow(index / size) * DAYS * 24 * HOUR_MS)),
      );
      const places = isByTime ? times : times.toSorted((a, b) => fold(a) - fold(b));
      const ends = [0, ...cuts.map((cut) => Math.round(cut * size)).toSorted((a, b) => a - b), size];
      return { times, slices: ends.slice(1).map((end, index) => places.slice(ends[index], end).toSorted()) };
    });
  const fold = (time: string): number => (Date.parse(time) * 2_654_435_761) % 4_294_967_291;
  const sampleOf = (slice: readonly string[], scale: number): SliceSample => ({
    seen: Math.round(slice.length * scale),
    times: quantilesOf(slice, 128),
  });

  test('that make up the list lead to nearly the bounds that the whole list would', () => {
    fc.assert(
      fc.property(partitioned, fc.integer({ min: 20_000, max: 300_000 }), ({ times, slices }, count) => {
        const samples = slices.map((slice) => sampleOf(slice, count / times.length));

        const pooled = learnBounds(poolSamples(fitSamples(samples), 4096), count);

        const whole = learnBounds(times, count);
        assert.equal(pooled.length, whole.length);
        for (const [index, bound] of pooled.entries()) {
          const off = (shareBefore(times, bound) - shareBefore(times, whole[index] ?? '')) * count;
          // Either may lie a twentieth of a slice off, where it is quieter.
          assert.ok(Math.abs(off) < SLICE_DEVICES * 0.15, `${Math.round(off)} devices off`);
        }
      }),
      { numRuns: 60 },
    );
  });

  const samples = fc.array(
    fc.record({
      seen: fc.integer({ min: 0, max: 20_000 }),
      times: fc.array(instant, { maxLength: 128 }).map((times) => times.toSorted()),
    }),
    { maxLength: 60 },
  );

  test('make a pool that is in order, no longer than asked for, and of nothing but their times', () => {
    fc.assert(
      fc.property(samples, fc.integer({ min: 1, max: 4096 }), (drawn, most) => {
        const pooled = poolSamples(drawn, most);

        const weight = drawn.reduce((sum, { seen, times }) => sum + (times.length > 0 ? seen : 0), 0);
        assert.equal(pooled.length, Math.min(most, weight));
        assert.deepEqual(pooled, pooled.toSorted());
        const known = new Set(drawn.flatMap(({ times }) => times));
        assert.ok(pooled.every((time) => known.has(time)));
      }),
    );
  });

  test('pass through an orchestration as they are while they are few, and as one that weighs as much when they are many', () => {
    fc.assert(
      fc.property(samples, (drawn) => {
        const fitting = fitSamples(drawn);

        const sizes = [drawn, fitting].map((all) => all.reduce((sum, { times }) => sum + times.length, 0));
        const [before = 0, after = 0] = sizes;
        if (before <= 2048) assert.equal(fitting, drawn);
        assert.ok(after <= 2048);
        const seen = [drawn, fitting].map((all) => all.reduce((sum, sample) => sum + sample.seen, 0));
        assert.equal(seen[0], seen[1]);
      }),
      { numRuns: 50 },
    );
  });

  test('weigh as much as their slices have devices, however many times they hold', () => {
    const [early, late] = ['2026-01-01T00:00:00.000Z', '2026-06-01T00:00:00.000Z'];

    const pooled = poolSamples(
      [
        { seen: 9_000, times: [early] },
        { seen: 1_000, times: Array.from({ length: 100 }, () => late) },
        { seen: 5_000, times: [] },
      ],
      10,
    );

    assert.deepEqual(pooled, [...Array.from({ length: 9 }, () => early), late]);
  });
});

test('prefixes planned from some DeviceIds make slices that can be read in one go', () => {
  const ids = Array.from({ length: 100_000 }, (_, index) => {
    const random = ((index * 2_654_435_761) % 2 ** 32).toString(16).padStart(8, '0').toUpperCase();
    return index % 3 === 0 ? `${random}${random}` : index % 3 === 1 ? `APPL${random}` : `android${random}`;
  });
  const sample = new FairSample<string>(8192);
  for (const id of ids) sample.add(id);

  const slices = deviceIdSlices(sample.values(), ids.length);

  const sizes = slices.map(({ query }) => ids.filter((id) => fits({ deviceId: id }, query)).length);
  assert.equal(
    sizes.reduce((sum, size) => sum + size, 0),
    ids.length,
  );
  assert.ok(Math.max(...sizes) < 20_000, `a slice has ${Math.max(...sizes)} devices`);
  assert.ok(slices.length < 30, `${slices.length} slices`);
});

describe('a fair sample', () => {
  test('holds what was offered, in order, as long as there is room, and then every part of it alike', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 5000 }), fc.integer({ min: 2, max: 100 }), (length, capacity) => {
        const sample = new FairSample<number>(capacity);
        for (let value = 0; value < length; value += 1) sample.add(value);

        const kept = sample.values();
        assert.equal(sample.offered, length);
        assert.ok(kept.length <= capacity && kept.length >= Math.min(length, Math.floor(capacity / 2)));
        const gaps = new Set(kept.slice(1).map((value, index) => value - (kept[index] ?? 0)));
        assert.ok(gaps.size <= 1);
      }),
    );
  });

  test('quantiles are in order, from the first to the last, and no more than asked for', () => {
    fc.assert(
      fc.property(fc.array(fc.integer()), fc.integer({ min: 2, max: 64 }), (values, count) => {
        const sorted = values.toSorted((a, b) => a - b);

        const quantiles = quantilesOf(sorted, count);

        assert.equal(quantiles.length, Math.min(count, values.length));
        assert.equal(quantiles[0], sorted[0]);
        assert.equal(quantiles.at(-1), sorted.at(-1));
        assert.deepEqual(
          quantiles,
          quantiles.toSorted((a, b) => a - b),
        );
      }),
    );
  });
});
