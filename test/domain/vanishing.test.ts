import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import * as fc from 'fast-check';
import { parseDeviceGuid } from '../../src/domain/device-identity.ts';
import type { DeviceGuid } from '../../src/domain/device-identity.ts';
import type { KnownDevice } from '../../src/domain/discovery-files-port.ts';
import {
  compareWithKnown,
  heldRunToAgreeWith,
  isFarFromExpected,
  isListDisproved,
  isTooMuchMissing,
  judgeVanished,
  mergeSets,
} from '../../src/domain/vanishing.ts';
import type { Reread, Vanished, Verdict } from '../../src/domain/vanishing.ts';

function id(number: number): DeviceGuid {
  const guid = parseDeviceGuid(`${String(number).padStart(8, '0')}-0000-4000-8000-000000000000`);
  assert.ok(guid !== undefined);
  return guid;
}

const inOrder = (numbers: readonly number[]): DeviceGuid[] => [...new Set(numbers)].toSorted((a, b) => a - b).map(id);

describe('how much may be missing', () => {
  const cases: [missing: number, known: number, isTooMuch: boolean][] = [
    [0, 0, false],
    [20, 20, false],
    [21, 21, true],
    [20, 1, false],
    [21, 400, true],
    [25, 500, false],
    [26, 500, true],
    [15_000, 300_000, false],
    [15_001, 300_000, true],
  ];
  for (const [missing, known, isTooMuch] of cases) {
    test(`${missing} of ${known} ${isTooMuch ? 'is too much' : 'is plausible'}`, () => {
      const judged = isTooMuchMissing(missing, known);

      assert.equal(judged, isTooMuch);
    });
  }
});

describe('when a list is read once more in another way', () => {
  const cases: [seen: number, expected: number, isFar: boolean][] = [
    [300_000, 0, false],
    [80, 100, false],
    [79, 100, true],
    [99_500, 100_000, false],
    [99_499, 100_000, true],
    [100_501, 100_000, true],
  ];
  for (const [seen, expected, isFar] of cases) {
    test(`${seen} seen, ${expected} expected: ${isFar ? 'again' : 'enough'}`, () => {
      const judged = isFarFromExpected(seen, expected);

      assert.equal(judged, isFar);
    });
  }
});

describe('what re-reading the missing devices proves', () => {
  const cases: [reread: Reread, isDisproved: boolean][] = [
    [{ missing: 200, reread: 200, present: 20 }, false],
    [{ missing: 200, reread: 200, present: 21 }, true],
    [{ missing: 3, reread: 3, present: 2 }, false],
    [{ missing: 3, reread: 3, present: 3 }, true],
    [{ missing: 201, reread: 200, present: 0 }, false],
    [{ missing: 201, reread: 200, present: 1 }, true],
    [{ missing: 0, reread: 0, present: 0 }, false],
  ];
  for (const [reread, isDisproved] of cases) {
    test(`${reread.present} of ${reread.reread} re-read are there, ${reread.missing} are missing: ${isDisproved ? 'the list was cut' : 'plausible'}`, () => {
      const judged = isListDisproved(reread);

      assert.equal(judged, isDisproved);
    });
  }
});

test('a run agrees only with another one that ended an hour or more before it began', () => {
  const held = { runId: 'first', endedAt: '2026-11-24T03:00:00.000Z' };
  const agreesWith = (runId: string, startedAt: string): string | undefined => heldRunToAgreeWith(held, { id: runId, startedAt })?.runId;

  const answers = [
    agreesWith('second', '2026-11-24T04:00:00.000Z'),
    agreesWith('second', '2026-11-24T03:59:59.999Z'),
    agreesWith('first', '2026-11-24T09:00:00.000Z'),
    heldRunToAgreeWith(undefined, { id: 'second', startedAt: '2026-11-24T04:00:00.000Z' }),
  ];

  assert.deepEqual(answers, ['first', undefined, undefined, undefined]);
});

describe('law 2', () => {
  const cases: [text: string, vanished: Vanished, verdict: Verdict][] = [
    ['few are missing', { missingInScope: 5, knownInScope: 100 }, { mark: 'all', isHeld: false }],
    ['many are missing', { missingInScope: 50, knownInScope: 100 }, { mark: 'none', isHeld: true }],
    ['two runs miss the same', { missingInScope: 50, knownInScope: 100, agreedInScope: 50 }, { mark: 'all', isHeld: false }],
    ['few more are missing than before', { missingInScope: 60, knownInScope: 100, agreedInScope: 45 }, { mark: 'all', isHeld: false }],
    ['many more are missing than before', { missingInScope: 80, knownInScope: 100, agreedInScope: 50 }, { mark: 'agreed', isHeld: true }],
    ['the held run missed others', { missingInScope: 50, knownInScope: 100, agreedInScope: 0 }, { mark: 'agreed', isHeld: true }],
    ['few are missing after a held run', { missingInScope: 5, knownInScope: 100, agreedInScope: 1 }, { mark: 'all', isHeld: false }],
  ];
  for (const [text, vanished, verdict] of cases) {
    test(`${text}: marks ${verdict.mark}${verdict.isHeld ? ', held' : ''}`, () => {
      const judged = judgeVanished(vanished);

      assert.deepEqual(judged, verdict);
    });
  }
});

const numbers = fc.uniqueArray(fc.nat(60), { maxLength: 40 });

test('sets are merged to all their devices, each once, in order', () => {
  fc.assert(
    fc.property(fc.array(numbers, { maxLength: 6 }), (sets) => {
      const merged = [...mergeSets(sets.map(inOrder))];

      assert.deepEqual(merged, inOrder(sets.flat()));
    }),
  );
});

test('however a list was cut into slices, the same devices are missing; none of them was seen, unknown or gone before', () => {
  const scope = fc.constantFrom('in' as const, 'outside' as const, 'inactive' as const);
  const known = fc.uniqueArray(fc.record({ number: fc.nat(60), isGone: fc.boolean(), scope }), {
    selector: ({ number }) => number,
    maxLength: 40,
  });
  const slices = fc.array(numbers, { maxLength: 5 });
  fc.assert(
    fc.property(known, slices, (stored, read) => {
      const devices: KnownDevice[] = stored
        .toSorted((a, b) => a.number - b.number)
        .map(({ number, ...rest }) => ({ id: id(number), fingerprint: '', ...rest }));
      const seen = new Set(read.flat().map(id));
      const missing: DeviceGuid[] = [];

      const comparison = compareWithKnown(devices, mergeSets(read.map(inOrder)), (device) => missing.push(device));

      const expected = devices.filter((device) => !device.isGone && !seen.has(device.id));
      assert.deepEqual(
        missing,
        expected.map((device) => device.id),
      );
      assert.deepEqual(comparison, {
        seen: seen.size,
        missing: expected.length,
        missingInScope: expected.filter((device) => device.scope === 'in').length,
        knownInScope: devices.filter((device) => !device.isGone && device.scope === 'in').length,
      });
    }),
  );
});
