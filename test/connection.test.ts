// From settings to endpoints and credential: the cloud's own hosts, or a stand-in's, never both.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { connectionOf } from '../src/connection.ts';
import { endpointsOf } from '../src/domain/cloud.ts';
import { ConnectionSettings, parseSettings } from '../src/settings.ts';

const CLIENT = 'aaaaaaaa-0000-4000-8000-000000000001';
const VOUCHER = 'aaaaaaaa-0000-4000-8000-000000000002';

const connection = (environment: Record<string, string>): ReturnType<typeof connectionOf> =>
  connectionOf(parseSettings(ConnectionSettings, environment));

test('without settings the app connects as itself to the worldwide cloud', () => {
  const { endpoints, credential } = connection({});

  assert.deepEqual(endpoints, endpointsOf('global'));
  assert.deepEqual(credential, { kind: 'managed-identity' });
});

test('a cloud brings its own endpoints, and further hosts are trusted beside its own', () => {
  const { endpoints } = connection({ CONNECTOR_CLOUD: 'usgov', EXCHANGE_TRUSTED_HOSTS: 'outlook.example' });

  const usual = endpointsOf('usgov');
  assert.deepEqual(endpoints, { ...usual, exchangeHostSuffixes: [...usual.exchangeHostSuffixes, 'outlook.example'] });
});

test('a stand-in takes the place of each endpoint it names; scopes stay, and the hosts of the cloud are not trusted any more', () => {
  const origin = 'https://localhost:4711';

  const { endpoints } = connection({
    AUTHORITY: origin,
    GRAPH_ENDPOINT: origin,
    EXCHANGE_ENDPOINT: origin,
    EXCHANGE_TRUSTED_HOSTS: '127.0.0.1:4711',
  });

  assert.deepEqual(endpoints, {
    ...endpointsOf('global'),
    authority: origin,
    graph: origin,
    exchange: origin,
    exchangeHostSuffixes: ['127.0.0.1:4711'],
  });
});

test('each kind of credential takes what it needs', () => {
  const base = { CONNECTOR_CLIENT_ID: CLIENT, CONNECTOR_CREDENTIAL_NAME: 'CONTOSO', CONNECTOR_VOUCHER_CLIENT_ID: VOUCHER };
  const kinds = ['managed-identity', 'certificate', 'secret', 'federated-identity', 'federated-file'];

  const credentials = kinds.map((kind) => connection({ ...base, CONNECTOR_CREDENTIAL: kind }).credential);

  assert.deepEqual(credentials, [
    { kind: 'managed-identity', clientId: CLIENT },
    { kind: 'certificate', clientId: CLIENT, name: 'CONTOSO' },
    { kind: 'secret', clientId: CLIENT, name: 'CONTOSO' },
    { kind: 'federated-identity', clientId: CLIENT, managedIdentityClientId: VOUCHER },
    { kind: 'federated-file', clientId: CLIENT, name: 'CONTOSO' },
  ]);
});
