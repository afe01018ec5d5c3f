// The principal header of App Service Authentication → Caller, for people who signed in with a browser. Whether to believe it, caller.ts decides.
// Form: https://learn.microsoft.com/azure/app-service/configure-authentication-user-identities#decode-the-client-principal-header
import * as z from 'zod';
import type { Caller } from '../../domain/caller.ts';
import { languageOf, refusal } from './claims.ts';

const Principal = z.object({
  auth_typ: z.string(),
  role_typ: z.string().nullish(),
  claims: z.array(z.object({ typ: z.string(), val: z.string() })),
});

type Claims = z.infer<typeof Principal>['claims'];

/** The names under which the platform passes a claim on: its own, or the older one it is mapped to. */
const NAMES = {
  tid: ['tid', 'http://schemas.microsoft.com/identity/claims/tenantid'],
  oid: ['oid', 'http://schemas.microsoft.com/identity/claims/objectidentifier'],
  person: ['preferred_username', 'upn', 'http://schemas.xmlsoap.org/ws/2005/05/identity/claims/upn', 'unique_name'],
  name: ['name', 'http://schemas.xmlsoap.org/ws/2005/05/identity/claims/name'],
  roles: ['roles', 'http://schemas.microsoft.com/ws/2008/06/identity/claims/role'],
  groups: ['groups', 'http://schemas.microsoft.com/ws/2008/06/identity/claims/groups'],
  language: ['xms_pl'],
  type: ['idtyp'],
} as const;

const GUID = /^[\da-f]{8}-(?:[\da-f]{4}-){3}[\da-f]{12}$/i;
/** App Service limits all headers of a request to 64 KiB. */
const MAX_LENGTH = 65_536;

/** The caller whom the platform names in `X-MS-CLIENT-PRINCIPAL`; `caller.unknown` with the reason otherwise. */
export function callerFromSignIn(header: string, isAllowedTenant: (tenantId: string) => boolean): Caller {
  const principal = parse(header);
  if (principal.auth_typ !== 'aad') throw refusal('sign-in-elsewhere');
  const { claims } = principal;
  const tenantId = theOnlyGuid(claims, NAMES.tid);
  const objectId = theOnlyGuid(claims, NAMES.oid);
  if (!isAllowedTenant(tenantId)) throw refusal('wrong-tenant');
  const language = languageOf(valuesOf(claims, NAMES.language)[0]);
  return {
    tenantId,
    objectId,
    kind: kindOf(claims),
    name: valuesOf(claims, NAMES.name)[0] ?? valuesOf(claims, NAMES.person)[0] ?? objectId,
    roles: valuesOf(claims, principal.role_typ ? [...NAMES.roles, principal.role_typ] : NAMES.roles),
    groups: valuesOf(claims, NAMES.groups).map((group) => group.toLowerCase()),
    areGroupsComplete: !isInMoreGroups(claims),
    ...(language === undefined ? {} : { language }),
    via: 'session',
  };
}

function parse(header: string): z.infer<typeof Principal> {
  if (header.length > MAX_LENGTH) throw refusal('sign-in-malformed');
  try {
    return Principal.parse(JSON.parse(Buffer.from(header, 'base64').toString('utf8')));
  } catch {
    // Without the cause: it would carry claims into the log.
    throw refusal('sign-in-malformed');
  }
}

/** Each value once, in order, blank ones left out. */
function valuesOf(claims: Claims, names: readonly string[]): string[] {
  return [...new Set(claims.filter(({ typ, val }) => names.includes(typ) && val.trim() !== '').map(({ val }) => val))];
}

/** An id that may be there twice, under both names, but must say the same. */
function theOnlyGuid(claims: Claims, names: readonly string[]): string {
  const [first, ...others] = new Set(valuesOf(claims, names).map((value) => value.toLowerCase()));
  if (first === undefined) throw refusal('claim-missing');
  if (others.length > 0) throw refusal('sign-in-contradictory');
  if (!GUID.test(first)) throw refusal('sign-in-malformed');
  return first;
}

/** An app can turn its own token into a session as well (`POST /.auth/login/aad`); only who has a user name is a person. */
function kindOf(claims: Claims): Caller['kind'] {
  return valuesOf(claims, NAMES.type).includes('app') || valuesOf(claims, NAMES.person).length === 0 ? 'application' : 'user';
}

function isInMoreGroups(claims: Claims): boolean {
  return claims.some(({ typ, val }) => (typ === '_claim_names' && val.includes('groups')) || (typ === 'hasgroups' && val === 'true'));
}
