// Who asks, by the sign-in of App Service: believed only where the platform writes the header, there is no token, and the tenant is allowed.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import * as fc from 'fast-check';
import { createCallers } from '../../../src/adapters/identity/caller.ts';
import type { Caller } from '../../../src/domain/caller.ts';
import { principalHeadersOf } from '../../../src/local/host/auth/client-principal.ts';
import { seededPeople } from '../../../src/local/host/auth/people.ts';
import { keepingLog } from '../graph/graph-fixture.ts';

const TENANT = '2c5bea94-2f8b-4a3d-9a6f-6a2f9a1d0c11';
const OTHER = '2c5bea94-2f8b-4a3d-9a6f-6a2f9a1d0c12';
const session = { personId: '', signedInAtMs: 0, expiresAtMs: 0 };

function identify(headers: Record<string, string>, isPlatformSignInOn = true): Promise<Caller> {
  const callers = createCallers({
    audiences: ['api://app'],
    isAllowedTenant: (id) => id === TENANT,
    authority: 'https://login.example',
    isPlatformSignInOn,
    clock: { now: () => '2026-03-01T00:00:00.000Z' },
    log: keepingLog([]),
  });
  return callers.identify(new Headers(headers));
}

function headersOf(name: string, tenantId = TENANT): Record<string, string> {
  const person = seededPeople(tenantId).find(({ userPrincipalName }) => userPrincipalName.startsWith(`${name}@`));
  assert.ok(person);
  return principalHeadersOf(person, session);
}

type Claims = { typ: string; val: string }[];

function principal(claims: Claims, more: object = { auth_typ: 'aad' }): Record<string, string> {
  return { 'x-ms-client-principal': Buffer.from(JSON.stringify({ claims, ...more })).toString('base64') };
}

const alice: Claims = [
  { typ: 'tid', val: TENANT },
  { typ: 'oid', val: '11111111-1111-4111-8111-111111111111' },
  { typ: 'preferred_username', val: 'alice@contoso.example' },
];

async function refuses(headers: Record<string, string>, reason: string, isPlatformSignInOn = true): Promise<void> {
  await assert.rejects(identify(headers, isPlatformSignInOn), (error: Error & { code?: string; details?: object }) => {
    assert.deepEqual({ code: error.code, details: error.details }, { code: 'caller.unknown', details: { reason } });
    assert.equal(error.cause, undefined);
    return true;
  });
}

describe('the sign-in header', () => {
  test('names the person with roles, groups and language', async () => {
    const person = seededPeople(TENANT).find(({ displayName }) => displayName.startsWith('Chloé'));
    assert.ok(person);

    const caller = await identify(headersOf('chloe'));

    assert.deepEqual(caller, {
      tenantId: TENANT,
      objectId: person.id,
      kind: 'user',
      name: 'Chloé Lefèvre',
      roles: [],
      groups: person.groups,
      areGroupsComplete: true,
      language: 'fr-FR',
      via: 'session',
    });
    assert.deepEqual((await identify(headersOf('admin'))).roles, ['FullAdministrator']);
  });

  test('counts for nothing when the platform does not say that it writes it', async () => {
    await refuses(headersOf('admin'), 'sign-in-is-off', false);
  });

  test('counts for nothing when an Authorization header came along, whatever is in it', async () => {
    await refuses({ ...headersOf('admin'), authorization: 'Bearer x' }, 'malformed');
    await refuses({ ...headersOf('admin'), authorization: 'Basic dXNlcjpwYXNz' }, 'not-bearer');
    await refuses({ ...headersOf('admin'), authorization: '' }, 'not-bearer');
  });

  test('of another tenant, of another provider, of nobody, is refused', async () => {
    await refuses(headersOf('admin', OTHER), 'wrong-tenant');
    await refuses(principal(alice, { auth_typ: 'facebook' }), 'sign-in-elsewhere');
    await refuses(principal(alice.slice(0, 1)), 'claim-missing');
    await refuses(principal(alice.slice(1)), 'claim-missing');
    await refuses({}, 'nothing-sent');
  });

  test('that says two things about who it is is refused; the same said twice is not', async () => {
    const uri = 'http://schemas.microsoft.com/identity/claims/objectidentifier';

    await refuses(principal([...alice, { typ: uri, val: '22222222-2222-4222-8222-222222222222' }]), 'sign-in-contradictory');
    await refuses(principal([...alice, { typ: 'tid', val: OTHER }]), 'sign-in-contradictory');

    const twice = await identify(principal([...alice, { typ: uri, val: '11111111-1111-4111-8111-111111111111' }]));
    assert.equal(twice.objectId, '11111111-1111-4111-8111-111111111111');
  });

  test('without a user name is an application: nobody is taken for a person without need', async () => {
    const app = await identify(principal(alice.slice(0, 2)));
    const typed = await identify(principal([...alice, { typ: 'idtyp', val: 'app' }]));

    assert.deepEqual([app.kind, typed.kind], ['application', 'application']);
  });

  test('that points elsewhere for groups says that they are incomplete', async () => {
    const caller = await identify(principal([...alice, { typ: '_claim_names', val: '{"groups":"src1"}' }]));

    assert.equal(caller.areGroupsComplete, false);
  });

  test('with anything else in it is refused, and nothing breaks', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(
          fc.string().map(encodeURIComponent),
          fc.base64String(),
          fc.json().map((text) => Buffer.from(text).toString('base64')),
          fc
            .record({
              auth_typ: fc.constant('aad'),
              claims: fc.array(fc.record({ typ: fc.constantFrom('tid', 'oid', 'name'), val: fc.string() })),
            })
            .map((value) => Buffer.from(JSON.stringify(value)).toString('base64')),
        ),
        async (header) => {
          const callers = identify({ 'x-ms-client-principal': header });
          await assert.rejects(callers, { code: 'caller.unknown' });
        },
      ),
    );
  });
});
