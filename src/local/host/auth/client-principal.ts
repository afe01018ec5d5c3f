// What App Service Authentication tells an app about a person signed in through Entra: the x-ms-client-principal headers and /.auth/me.
// Claim names after its default mapping of a v2.0 token: learn.microsoft.com/azure/app-service/configure-authentication-user-identities;
// `roles`, `groups`, `name`, `preferred_username` keep their names there although role_typ and name_typ are URIs.
import type { Person } from './people.ts';
import type { Session } from './session-cookie.ts';

interface Claim {
  typ: string;
  val: string;
}

const SOAP = 'http://schemas.xmlsoap.org/ws/2005/05/identity/claims';
const NAME_TYPE = `${SOAP}/emailaddress`;
const ROLE_TYPE = 'http://schemas.microsoft.com/ws/2008/06/identity/claims/role';

const epochSeconds = (ms: number): string => String(Math.floor(ms / 1000));

/** The claims of a person's session, many-valued ones repeated. */
function claimsOf(person: Person, session: Session): Claim[] {
  const claim = (typ: string, val: string): Claim => ({ typ, val });
  return [
    claim('iss', `https://login.microsoftonline.com/${person.tenantId}/v2.0`),
    claim('iat', epochSeconds(session.signedInAtMs)),
    claim('nbf', epochSeconds(session.signedInAtMs)),
    claim('exp', epochSeconds(session.expiresAtMs)),
    claim(NAME_TYPE, person.userPrincipalName),
    ...person.groups.map((group) => claim('groups', group)),
    claim('name', person.displayName),
    claim('http://schemas.microsoft.com/identity/claims/objectidentifier', person.id),
    claim('preferred_username', person.userPrincipalName),
    ...person.roles.map((role) => claim('roles', role)),
    claim(`${SOAP}/nameidentifier`, person.id),
    claim('http://schemas.microsoft.com/identity/claims/tenantid', person.tenantId),
    claim('ver', '2.0'),
    ...(person.preferredLanguage === undefined ? [] : [claim('xms_pl', person.preferredLanguage)]),
  ];
}

/** The headers put on every request of the session. */
export function principalHeadersOf(person: Person, session: Session): Record<string, string> {
  const principal = { auth_typ: 'aad', claims: claimsOf(person, session), name_typ: NAME_TYPE, role_typ: ROLE_TYPE };
  return {
    'x-ms-client-principal': Buffer.from(JSON.stringify(principal)).toString('base64'),
    'x-ms-client-principal-id': person.id,
    'x-ms-client-principal-name': person.userPrincipalName,
    'x-ms-client-principal-idp': 'aad',
  };
}

/** The body of /.auth/me: one entry per provider. There is no token store here, so no tokens either. */
export function meOf(person: Person, session: Session): Record<string, unknown>[] {
  return [
    {
      expires_on: new Date(session.expiresAtMs).toISOString(),
      provider_name: 'aad',
      user_claims: claimsOf(person, session),
      user_id: person.userPrincipalName,
    },
  ];
}
