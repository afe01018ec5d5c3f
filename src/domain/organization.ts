// An organization: one Exchange Online tenant. The root of every key, route and grant.
import { isGuid } from './device-identity.ts';

declare const brand: unique symbol;

/** The tenant GUID of an organization, in lower case. */
export type OrganizationId = string & { readonly [brand]: 'organization' };

/** The organization id that `text` holds; undefined when it is no GUID. */
export function parseOrganizationId(text: string): OrganizationId | undefined {
  const id = text.toLowerCase();
  return isOrganizationId(id) ? id : undefined;
}

function isOrganizationId(text: string): text is OrganizationId {
  return text === text.toLowerCase() && isGuid(text);
}

/** What Exchange says about the organization itself. What it does not say is left out. */
export interface OrganizationFacts {
  /** Usually the initial domain, `contoso.onmicrosoft.com`. */
  readonly name?: string;
  readonly displayName?: string;
  readonly guid?: string;
  /** A dehydrated organization refuses some changes until Enable-OrganizationCustomization has run. */
  readonly isDehydrated?: boolean;
}
