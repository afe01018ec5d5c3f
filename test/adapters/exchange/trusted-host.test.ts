import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { trustedOrigin } from '../../../src/adapters/exchange/trusted-host.ts';
import { endpointsOf } from '../../../src/domain/cloud.ts';

const hosts: [string, Parameters<typeof endpointsOf>[0], string | undefined][] = [
  ['https://outlook.office365.com/adminapi/', 'global', 'https://outlook.office365.com'],
  ['https://OUTLOOK.office365.com:443/adminapi/', 'global', 'https://outlook.office365.com'],
  ['https://eurprd05.outlook.office365.com/', 'global', 'https://eurprd05.outlook.office365.com'],
  ['https://eurprd05.outlook.office365.com:446/', 'global', 'https://eurprd05.outlook.office365.com'],
  ['https://eurprd05.outlook.office365.com:8443/', 'global', undefined],
  ['http://outlook.office365.com/', 'global', undefined],
  ['https://evil-outlook.office365.com/', 'global', undefined],
  ['https://outlook.office365.com.evil.example/', 'global', undefined],
  ['https://outlook.office365.com./', 'global', undefined],
  ['https://outlook.office365.com@evil.example/', 'global', undefined],
  ['https://user@outlook.office365.com/', 'global', undefined],
  ['https://outlook.office365.us/', 'global', undefined],
  ['https://outlook.office365.us/', 'usgov', 'https://outlook.office365.us'],
  ['https://x.outlook-dod.office365.us/', 'usgovdod', 'https://x.outlook-dod.office365.us'],
  ['https://x.outlook-dod.office365.us/', 'usgov', undefined],
  ['https://x.outlook.office365.cn/', 'china', 'https://x.outlook.office365.cn'],
];

describe('our token', () => {
  for (const [url, cloud, expected] of hosts) {
    test(`${expected === undefined ? 'never goes' : 'may go'} to ${url} in the cloud ${cloud}`, () => {
      assert.equal(trustedOrigin(endpointsOf(cloud), new URL(url)), expected);
    });
  }

  test('goes to a stand-in and to the hosts that are named with it, and to no real one', () => {
    const endpoint = endpointsOf('global', { exchange: 'https://localhost:9443', exchangeHostSuffixes: ['127.0.0.1:9443'] });

    const origins = ['https://localhost:9443/x', 'https://127.0.0.1:9443/x', 'https://localhost/x', 'https://outlook.office365.com/x'].map(
      (url) => trustedOrigin(endpoint, new URL(url)),
    );

    assert.deepEqual(origins, ['https://localhost:9443', 'https://127.0.0.1:9443', undefined, undefined]);
  });
});
