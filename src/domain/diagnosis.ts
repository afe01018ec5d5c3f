// What a check of a connection found, and from an error to its cause and cure in words that an administrator can act on.
// Pure tables; the checks themselves are in operations/diagnose-connection.ts. Causes of refusals by Exchange Online are field reports of public
// clients; grants: https://learn.microsoft.com/powershell/exchange/app-only-auth-powershell-v2
import type { CloudEndpoints } from './cloud.ts';
import type { Credential } from './credential.ts';
import { entraDiagnosis } from './entra-diagnosis.ts';
import type { AppError, ErrorCode } from './errors.ts';
import type { ExchangeAbility, ExchangeRight } from './exchange-right.ts';
import type { OrganizationId } from './organization.ts';

/** Something that a connector needs, as a whole or for one of its features. */
export type ConnectionAbility =
  | ExchangeAbility
  | 'sign-in'
  | 'graph.sign-in'
  | 'exchange.reach'
  | 'directory.read'
  | 'groups.read'
  | 'managed-devices.read'
  | 'mail.send';

/** `missing`: a right or a grant is not there. `failed`: it did not work for another reason. `unknown`: not tried, or nobody tells. */
export type FindingState = 'works' | 'missing' | 'failed' | 'unknown';

/** One check and what came of it. */
export interface Finding {
  /** What was checked, in a few words. */
  readonly check: string;
  readonly ability: ConnectionAbility;
  readonly state: FindingState;
  /** What was seen. */
  readonly detail?: string;
  readonly cause?: string;
  readonly cure?: string;
}

/** Whether something that the connector needs is missing or broken. */
export function hasFault(findings: readonly Finding[]): boolean {
  return findings.some(({ state }) => state === 'missing' || state === 'failed');
}

/** A read to try; it says what it saw. */
export interface ConnectionRead extends Pick<Finding, 'check' | 'ability'> {
  /** The permission in Microsoft Graph that it needs. */
  readonly permission?: string;
  run(signal: AbortSignal | undefined): Promise<string>;
}

/** The part of a finding that explains what is wrong. */
export interface Diagnosis {
  readonly state: Exclude<FindingState, 'works'>;
  readonly detail?: string;
  readonly cause: string;
  readonly cure: string;
}

/** The connection that is looked at: cures name its parts. */
export interface DiagnosedConnection {
  readonly organization: OrganizationId;
  readonly credential: Credential;
  readonly endpoints: Pick<CloudEndpoints, 'authority' | 'exchange' | 'exchangeScope' | 'graph'>;
}

/** What is known beside the error itself. */
export interface DiagnosisFacts extends DiagnosedConnection {
  /** Rights in Exchange, when they could be read. */
  readonly rights?: readonly ExchangeRight[];
  /** The permission in Microsoft Graph that the check needs. */
  readonly permission?: string;
}

/** Template id of the app role `Exchange.ManageAsApp`: https://learn.microsoft.com/powershell/exchange/connect-exo-powershell-managed-identity */
const MANAGE_AS_APP_ID = 'dc50a0fb-09a3-484d-be87-e023b12c6440';

const WAIT = 'Try again later; if it lasts, look at the service health of Microsoft 365.';

type Explain = (error: AppError, facts: DiagnosisFacts) => Diagnosis;

const failed =
  (cause: string, cure: string): Explain =>
  () => ({ state: 'failed', cause, cure });

/** The explanation of each code that a check can meet. */
const EXPLAIN: Partial<Record<ErrorCode, Explain>> = {
  'identity.denied': entraDiagnosis,
  'identity.unavailable': explainNoToken,
  'credential.invalid': ({ details }) => ({
    state: 'failed',
    cause: `The credential cannot be used: ${textOf(details['problem'])}.`,
    cure: 'Correct the app settings that CONNECTOR_CREDENTIAL and CONNECTOR_CREDENTIAL_NAME name, and restart the app.',
  }),
  'settings.invalid': ({ details }) => ({
    state: 'failed',
    cause: `A setting is wrong: ${textOf(details['problems'])}`,
    cure: 'Correct the setting and restart the app.',
  }),
  'exchange.unauthenticated': (_, facts) => missingAppRole(facts),
  'exchange.denied': explainDenied,
  'exchange.throttled': failed('Exchange Online asks for fewer requests, and went on asking.', 'Try again in a few minutes.'),
  'exchange.unavailable': explainUnreachable,
  'exchange.incomplete': failed('A list of Exchange Online broke off before its end.', WAIT),
  'exchange.unexpected': explainUnexpected,
  'exchange.bad-parameter': failed(
    'Exchange Online does not accept the parameters of a harmless read.',
    'Run this again with --verbose and report the line of the cmdlet: Exchange may have changed.',
  ),
  'graph.denied': (_, facts) => missingGraphPermission(facts),
  'graph.throttled': failed('Microsoft Graph asks for fewer requests, and went on asking.', 'Try again in a few minutes.'),
  'graph.unavailable': (_, { endpoints }) => ({
    state: 'failed',
    cause: `Microsoft Graph at ${endpoints.graph} does not answer.`,
    cure: `Check that the network lets https through to it, and GRAPH_ENDPOINT if that is set. ${WAIT}`,
  }),
  'graph.unexpected': failed(
    'Microsoft Graph answers in a form that the connector does not know.',
    'Check that nothing stands between the app and Graph (a proxy, a wrong GRAPH_ENDPOINT); run this again with --verbose.',
  ),
  'graph.bad-request': failed(
    'Microsoft Graph does not accept the form of a request.',
    'Run this again with --verbose and report the line: Graph may have changed.',
  ),
};

const explainBug: Explain = (error) => ({
  state: 'failed',
  detail: error.cause instanceof Error ? error.cause.message : error.code,
  cause: 'A fault inside the connector.',
  cure: 'Run this again with --verbose and report what it prints.',
});

/** What an error means for the connection, and what to do about it. */
export function diagnose(error: AppError, facts: DiagnosisFacts): Diagnosis {
  return (EXPLAIN[error.code] ?? explainBug)(error, facts);
}

/** The app role without which Exchange Online accepts no token. */
export function missingAppRole({ credential, organization, endpoints }: DiagnosedConnection): Diagnosis {
  return {
    state: 'missing',
    detail: 'app role Exchange.ManageAsApp',
    cause:
      'Exchange Online does not accept the token: the application lacks the app role Exchange.ManageAsApp, or CONNECTOR_CLOUD names another cloud than the organization’s.',
    cure:
      credential.kind === 'managed-identity'
        ? `Give the managed identity the app role in Microsoft Graph: POST ${endpoints.graph}/v1.0/servicePrincipals/{object id of the identity}/appRoleAssignments with appRoleId ${MANAGE_AS_APP_ID} and the service principal of Office 365 Exchange Online as resourceId. Tokens of a managed identity are kept for up to a day, so that the grant may show late.`
        : `Add the application permission Exchange.ManageAsApp of Office 365 Exchange Online to the app registration, and have an administrator consent: ${endpoints.authority}/${organization}/adminconsent?client_id=${credential.clientId}&scope=${endpoints.exchangeScope}/.default`,
  };
}

/** A permission in Microsoft Graph that was refused, or that the token does not carry. */
export function missingGraphPermission({ credential, permission }: Pick<DiagnosisFacts, 'credential' | 'permission'>): Diagnosis {
  const name = permission ?? 'that the call needs';
  return {
    state: 'missing',
    ...(permission !== undefined && { detail: permission }),
    cause: `Microsoft Graph refuses: the application permission ${name} is not granted, or nobody has consented to it.`,
    cure:
      credential.kind === 'managed-identity'
        ? `Give the managed identity the app role ${name} of Microsoft Graph by an appRoleAssignment, as for Exchange. Its tokens are kept for up to a day.`
        : `Add the application permission ${name} of Microsoft Graph to the app registration, and have an administrator consent.`,
  };
}

function explainNoToken(error: AppError, { credential, endpoints }: DiagnosisFacts): Diagnosis {
  const answer = error.details['answer'];
  const said = typeof answer === 'string' && answer !== '' ? { detail: answer } : {};
  if (credential.kind === 'managed-identity') {
    return {
      state: 'failed',
      ...said,
      cause: 'The managed identity gives no token: it is switched off, or this program does not run where it can be reached.',
      cure: 'Switch the identity of the function app on (Identity, Status On), check CONNECTOR_CLIENT_ID if it is a user-assigned one, or choose another CONNECTOR_CREDENTIAL.',
    };
  }
  return { ...unreachableEntra(endpoints), ...said };
}

/** No answer from Microsoft Entra. */
export function unreachableEntra({ authority }: Pick<CloudEndpoints, 'authority'>): Diagnosis {
  return {
    state: 'failed',
    cause: `Microsoft Entra at ${authority} does not answer.`,
    cure: `Check that the network lets https through to it, CONNECTOR_CLOUD, and AUTHORITY if that is set. ${WAIT}`,
  };
}

/** Microsoft Entra has no organization of that name. */
export function unknownOrganization(name: string, { authority }: Pick<CloudEndpoints, 'authority'>): Diagnosis {
  return {
    state: 'failed',
    detail: name,
    cause: `Microsoft Entra at ${authority} knows no organization ${name}.`,
    cure: 'Check the name and CONNECTOR_CLOUD, or give the tenant GUID.',
  };
}

const ROLES_CURE =
  'In Microsoft Entra, assign the application a directory role that Exchange knows: Exchange Administrator for everything, Exchange Recipient Administrator for devices and mailboxes, Global Reader to read only. Or in Exchange: New-ServicePrincipal, then Add-RoleGroupMember with a role group. It can take an hour to count.';

function explainDenied(error: AppError, { rights = [] }: DiagnosisFacts): Diagnosis {
  const { request, refusal, answer } = error.details;
  const right = rights.find(({ cmdlet, state }) => cmdlet === request && state === 'missing');
  if (right) return missingRight([right]);
  if (refusal === 'cmdlet') return missingRight([{ cmdlet: textOf(request) }]);
  if (refusal === 'stated') {
    return {
      state: 'missing',
      detail: textOf(error.details['diagnostics'] ?? answer),
      cause: 'Exchange Online refuses and says why (see the check).',
      cure: `Correct what it names. ${ROLES_CURE}`,
    };
  }
  const cause =
    refusal === 'directory-role'
      ? 'The application has a directory role, but none that Exchange Online knows.'
      : 'Exchange Online accepts the token but refuses without a reason: the application has no role in Exchange, or the role was given so recently that it does not count yet.';
  return { state: 'missing', detail: 'role in Exchange', cause, cure: ROLES_CURE };
}

const RECIPIENTS = 'Recipient Management or Organization Management';
const ORGANIZATION = 'Organization Management';
const READERS = 'View-Only Organization Management or Organization Management';

/**
 * Role groups that usually hold what an ability needs: https://learn.microsoft.com/exchange/permissions-exo/feature-permissions.
 * An organization can have changed them, so that this is a hint beside the command that tells.
 */
const ROLE_GROUPS = {
  'devices.read': RECIPIENTS,
  'statistics.read': RECIPIENTS,
  'mailboxes.read': RECIPIENTS,
  'recipients.read': RECIPIENTS,
  'organization.read': READERS,
  'access.read': READERS,
  'policies.read': READERS,
  'device-lists.write': RECIPIENTS,
  'devices.wipe': RECIPIENTS,
  'devices.remove': RECIPIENTS,
  'access.write': ORGANIZATION,
  'policies.write': ORGANIZATION,
} as const satisfies Record<ExchangeAbility, string>;

/** Cmdlets that the application's roles do not hold. */
export function missingRight(rights: readonly (Pick<ExchangeRight, 'cmdlet'> & Partial<ExchangeRight>)[]): Diagnosis {
  const names = rights.map(({ cmdlet }) => cmdlet).join(', ');
  const roles = [...new Set(rights.flatMap((right) => right.roles ?? []))].sort();
  const ability = rights[0]?.ability;
  const hints = [
    ...(roles.length > 0 ? [`one with the management role ${roles.join(' or ')}`] : []),
    ...(ability === undefined ? [] : [`usually ${ROLE_GROUPS[ability]}`]),
  ];
  return {
    state: 'missing',
    detail: names,
    cause: `No role of the application in Exchange holds ${rights.length === 1 ? 'the cmdlet' : 'the cmdlets'} ${names}.`,
    cure: `Add the application to a role group that holds ${rights.length === 1 ? 'it' : 'them'} (Add-RoleGroupMember)${hints.map((hint) => `, ${hint}`).join('')}. Get-ManagementRole -Cmdlet ${rights[0]?.cmdlet ?? ''} lists the roles with it. If the application is a member already, look for a role whose entries were taken out.`,
  };
}

function explainUnreachable(error: AppError, { endpoints }: DiagnosisFacts): Diagnosis {
  const { status, reason } = error.details;
  const seen = typeof status === 'number' ? `HTTP ${status}` : textOf(reason);
  return {
    state: 'failed',
    ...(seen !== '' && { detail: seen }),
    cause: `Exchange Online at ${endpoints.exchange} does not answer as it should.`,
    cure: `Check that the network lets https through to it, and EXCHANGE_ENDPOINT if that is set. ${WAIT}`,
  };
}

function explainUnexpected(error: AppError, { endpoints, organization }: DiagnosisFacts): Diagnosis {
  const { status, reason, host } = error.details;
  if (reason === 'redirect-refused' || reason === 'foreign-link') {
    return {
      state: 'failed',
      detail: textOf(host),
      cause: `Exchange Online leads to ${textOf(host)}, which is none of its own hosts in the cloud of the connector; the token was not sent there.`,
      cure: 'Check CONNECTOR_CLOUD. Only if you know that host to be Exchange’s, add it to EXCHANGE_TRUSTED_HOSTS.',
    };
  }
  if (status === 404) {
    return {
      state: 'failed',
      detail: 'HTTP 404',
      cause: `Exchange Online at ${endpoints.exchange} knows no organization ${organization}.`,
      cure: 'Check the organization and CONNECTOR_CLOUD; the organization may have no Exchange Online licence.',
    };
  }
  return {
    state: 'failed',
    ...(typeof status === 'number' && { detail: `HTTP ${status}` }),
    cause: 'Exchange Online answers in a form that the connector does not know.',
    cure: 'Check that nothing stands between the app and Exchange (a proxy, a wrong EXCHANGE_ENDPOINT); run this again with --verbose.',
  };
}

function textOf(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
}
