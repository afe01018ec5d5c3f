import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createDeviceCounter, deviceSummary, type ListedDevice } from '../../../src/local/launcher/device-summary.ts';

const NOW = '2026-11-24T12:00:00.000Z';
const mailbox = { kind: 'mailbox' };

function countsOf(devices: readonly ListedDevice[]): ReturnType<ReturnType<typeof createDeviceCounter>['counts']> {
  const counter = createDeviceCounter(Date.parse(NOW));
  for (const device of devices) counter.add(device);
  return counter.counts();
}

test('Devices are counted by client, access, last sync and owner, and what is unknown is called unknown', () => {
  const counts = countsOf([
    { owner: mailbox, clientType: 'EAS', accessState: 'Allowed', statistics: { lastSuccessSyncAt: '2026-11-20T12:00:00.000Z' } },
    { owner: mailbox, clientType: 'Outlook', accessState: 'Quarantined', statistics: {} },
    { owner: { kind: 'unknown' }, statistics: { lastSuccessSyncAt: '2026-06-01T12:00:00.000Z' } },
    { owner: mailbox, clientType: 'EAS', accessState: 'Allowed' },
  ]);

  assert.equal(counts.devices, 4);
  assert.equal(counts.ownerless, 1);
  assert.deepEqual(Object.fromEntries(counts.byClientType), { EAS: 2, Outlook: 1, unknown: 1 });
  assert.deepEqual(Object.fromEntries(counts.byState), { Allowed: 2, Quarantined: 1, unknown: 1 });
  assert.deepEqual(
    [...counts.byStaleness].filter(([, count]) => count > 0).map(([name]) => name),
    ['within a week', 'over 90 days', 'no time known', 'not read yet'],
  );
});

test('Only Exchange ActiveSync clients below 16.1 count as too old for an account wipe', () => {
  const of = (clientType: string, clientVersion?: string): ListedDevice => ({
    owner: mailbox,
    clientType,
    ...(clientVersion && { clientVersion }),
  });
  const counts = countsOf([of('EAS', '14.1'), of('EAS', '16.0'), of('EAS', '16.1'), of('EAS', '17.0'), of('EAS'), of('Outlook', '1.0')]);

  assert.equal(counts.oldProtocol, 2);
});

test('The summary names the largest groups first and leaves empty ones out', () => {
  const device = { owner: mailbox, clientType: 'EAS', accessState: 'Allowed' };
  const text = deviceSummary(countsOf([{ ...device, clientType: 'Outlook' }, device, device]), false);

  assert.match(text, /Devices +3\n/);
  assert.match(text, /By client +EAS 2, Outlook 1\n/);
  assert.match(text, /Last sync +not read yet 3\n/);
});
