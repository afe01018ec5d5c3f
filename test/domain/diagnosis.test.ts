// From an error to its cause and cure: each row says what an administrator must read to know what to do.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { endpointsOf } from '../../src/domain/cloud.ts';
import type { Credential } from '../../src/domain/credential.ts';
import { diagnose, hasFault, missingGraphPermission, missingRight } from '../../src/domain/diagnosis.ts';
import type { DiagnosisFacts, Finding, FindingState } from '../../src/domain/diagnosis.ts';
import { AppError, KIND } from '../../src/domain/errors.ts';
import type { ErrorCode, ErrorDetails } from '../../src/domain/errors.ts';
import { parseOrganizationId } from '../../src/domain/organization.ts';

const ORGANIZATION = 'cfd7dfc3-c394-4621-a6f9-0ab65e30af5e';
const CLIENT = 'aaaaaaaa-0000-4000-8000-000000000001';

function factsFor(credential: Credential, more: Partial<DiagnosisFacts> = {}): DiagnosisFacts {
  return { organization: parseOrganizationId(ORGANIZATION) ?? assert.fail(), credential, endpoints: endpointsOf('global'), ...more };
}

const asIdentity = factsFor({ kind: 'managed-identity' });
const asRegistration = factsFor({ kind: 'secret', clientId: CLIENT, name: 'CONTOSO' });

type Row = readonly [what: string, code: ErrorCode, details: ErrorDetails, state: FindingState, cause: RegExp, cure: RegExp];

const ROWS: readonly Row[] = [
  [
    'a token that Exchange does not accept',
    'exchange.unauthenticated',
    { status: 401 },
    'missing',
    /lacks the app role Exchange\.ManageAsApp, or CONNECTOR_CLOUD names another cloud/,
    /adminconsent\?client_id=aaaaaaaa-0000-4000-8000-000000000001&scope=https:\/\/outlook\.office365\.com\/\.default$/,
  ],
  [
    'a refusal without a reason',
    'exchange.denied',
    { refusal: 'opaque', request: 'Get-MobileDevice' },
    'missing',
    /refuses without a reason: the application has no role in Exchange/,
    /directory role that Exchange knows: Exchange Administrator.*New-ServicePrincipal.*an hour/,
  ],
  [
    'a directory role that Exchange does not know',
    'exchange.denied',
    { refusal: 'directory-role' },
    'missing',
    /a directory role, but none that Exchange Online knows/,
    /Exchange Administrator/,
  ],
  [
    'a cmdlet that the role lacks',
    'exchange.denied',
    { refusal: 'cmdlet', request: 'Clear-MobileDevice' },
    'missing',
    /holds the cmdlet Clear-MobileDevice\./,
    /Add-RoleGroupMember.*Get-ManagementRole -Cmdlet Clear-MobileDevice/,
  ],
  [
    'a refusal that says why',
    'exchange.denied',
    { refusal: 'stated', diagnostics: '2000003;reason="Out of scope"' },
    'missing',
    /says why/,
    /Correct what it names/,
  ],
  ['throttling', 'exchange.throttled', {}, 'failed', /fewer requests/, /few minutes/],
  [
    'no connection',
    'exchange.unavailable',
    { reason: 'connection' },
    'failed',
    /https:\/\/outlook\.office365\.com does not answer/,
    /network.*EXCHANGE_ENDPOINT/,
  ],
  ['a list that broke off', 'exchange.incomplete', { reason: 'truncated' }, 'failed', /broke off/, /service health/],
  [
    'a redirect to a stranger',
    'exchange.unexpected',
    { reason: 'redirect-refused', host: 'outlook.example' },
    'failed',
    /leads to outlook\.example.*token was not sent there/,
    /CONNECTOR_CLOUD.*EXCHANGE_TRUSTED_HOSTS/,
  ],
  [
    'an organization that Exchange does not know',
    'exchange.unexpected',
    { status: 404 },
    'failed',
    /knows no organization cfd7dfc3/,
    /CONNECTOR_CLOUD.*licence/,
  ],
  ['an answer that is none', 'exchange.unexpected', { status: 200 }, 'failed', /a form that the connector does not know/, /proxy/],
  ['parameters that Exchange refuses', 'exchange.bad-parameter', {}, 'failed', /parameters of a harmless read/, /--verbose/],
  ['an answer of Graph that is none', 'graph.unexpected', {}, 'failed', /a form that the connector does not know/, /GRAPH_ENDPOINT/],
  ['no Graph', 'graph.unavailable', {}, 'failed', /https:\/\/graph\.microsoft\.com does not answer/, /network/],
  ['throttling by Graph', 'graph.throttled', {}, 'failed', /fewer requests/, /few minutes/],
  ['a request that Graph refuses', 'graph.bad-request', {}, 'failed', /form of a request/, /--verbose/],
  ['no Entra', 'identity.unavailable', {}, 'failed', /https:\/\/login\.microsoftonline\.com does not answer/, /AUTHORITY/],
  [
    'a secret that is not there',
    'credential.invalid',
    { problem: 'the app setting CONNECTOR_SECRET_CONTOSO is missing or empty' },
    'failed',
    /CONNECTOR_SECRET_CONTOSO is missing/,
    /CONNECTOR_CREDENTIAL_NAME/,
  ],
  ['a wrong setting', 'settings.invalid', { problems: 'The Graph address is wrong.' }, 'failed', /The Graph address/, /restart/],
  ['a wrong secret', 'identity.denied', { reason: 'AADSTS7000215' }, 'failed', /client secret is wrong/, /value, not its id/],
  ['an expired secret', 'identity.denied', { reason: 'AADSTS7000222' }, 'failed', /has expired/, /new secret/],
  [
    'an unknown application',
    'identity.denied',
    { reason: 'AADSTS700016' },
    'failed',
    /does not know the application/,
    /CONNECTOR_CLIENT_ID/,
  ],
  ['an unknown tenant', 'identity.denied', { reason: 'AADSTS90002' }, 'failed', /no such organization/, /CONNECTOR_CLOUD/],
  ['a strange certificate', 'identity.denied', { reason: 'AADSTS700027' }, 'failed', /certificate/, /Upload the public part/],
  ['an old assertion', 'identity.denied', { reason: 'AADSTS700024' }, 'failed', /not valid at this time/, /clock/],
  ['a strange subject', 'identity.denied', { reason: 'AADSTS700213' }, 'failed', /subject/, /letter by letter/],
  ['a service that is not there', 'identity.denied', { reason: 'AADSTS500011' }, 'failed', /does not know the service/, /licences/],
  ['a blocked application', 'identity.denied', { reason: 'AADSTS53003' }, 'failed', /conditional access/, /Let the application through/],
  [
    'a number that stands in no table',
    'identity.denied',
    { reason: 'AADSTS999999', answer: 'AADSTS999999: Strange.' },
    'failed',
    /refuses a token: AADSTS999999: Strange\./,
    /https:\/\/login\.microsoftonline\.com\/error\?code=999999/,
  ],
  ['a fault of ours', 'internal', {}, 'failed', /fault inside the connector/, /--verbose/],
];

describe('the diagnosis names cause and cure of', () => {
  for (const [what, code, details, state, cause, cure] of ROWS) {
    test(what, () => {
      const diagnosis = diagnose(new AppError(code, details), asRegistration);

      assert.equal(diagnosis.state, state);
      assert.match(diagnosis.cause, cause);
      assert.match(diagnosis.cure, cure);
    });
  }
});

test('every code of Exchange, Graph and Entra that a read can meet is explained, and none as a fault of ours', () => {
  // These are outcomes of writes, or of asking for something that is not there: no check of a connection fails by them.
  const others = new Set(['exchange.missing', 'exchange.exists', 'exchange.outcome-unknown']);
  const codes = (Object.keys(KIND) as ErrorCode[]).filter(
    (code) => /^(?:exchange|graph|identity|credential)\./.test(code) && !others.has(code),
  );

  const unexplained = codes.filter((code) => /fault inside/.test(diagnose(new AppError(code), asRegistration).cause));

  assert.ok(codes.length > 10);
  assert.deepEqual(unexplained, []);
});

test('a managed identity gets its grants through Graph and shows them late', () => {
  const [role, permission, token] = [
    diagnose(new AppError('exchange.unauthenticated'), asIdentity),
    missingGraphPermission({ ...asIdentity, permission: 'User.Read.All' }),
    diagnose(new AppError('identity.unavailable', { answer: 'ManagedIdentityCredential: no endpoint' }), asIdentity),
  ];

  assert.match(role.cure, /appRoleAssignments with appRoleId dc50a0fb-09a3-484d-be87-e023b12c6440.*up to a day/);
  assert.match(permission.cure, /managed identity the app role User\.Read\.All/);
  assert.match(token.cause, /managed identity gives no token/);
  assert.equal(token.detail, 'ManagedIdentityCredential: no endpoint');
});

test('rights that could be read say more than the refusal itself', () => {
  const rights = [{ ability: 'devices.read', cmdlet: 'Get-MobileDevice', state: 'missing', roles: ['Mail Recipients', 'Other'] }] as const;

  const diagnosis = diagnose(new AppError('exchange.denied', { refusal: 'opaque', request: 'Get-MobileDevice' }), {
    ...asIdentity,
    rights,
  });

  assert.match(diagnosis.cause, /holds the cmdlet Get-MobileDevice\./);
  assert.match(diagnosis.cure, /management role Mail Recipients or Other, usually Recipient Management or Organization Management/);
});

test('several missing cmdlets are one cause', () => {
  const diagnosis = missingRight([
    { ability: 'access.write', cmdlet: 'New-ActiveSyncDeviceAccessRule', state: 'missing' },
    { ability: 'access.write', cmdlet: 'Set-ActiveSyncDeviceAccessRule', state: 'missing' },
  ]);

  assert.match(diagnosis.cause, /holds the cmdlets New-ActiveSyncDeviceAccessRule, Set-ActiveSyncDeviceAccessRule\./);
  assert.match(diagnosis.cure, /holds them.*usually Organization Management\./);
});

test('only what is missing or broken is a fault; what is not known is none', () => {
  const finding = (state: FindingState): Finding => ({ check: 'One', ability: 'sign-in', state });

  const faults = (['works', 'unknown', 'missing', 'failed'] as const).filter((state) => hasFault([finding('works'), finding(state)]));

  assert.deepEqual(faults, ['missing', 'failed']);
});
