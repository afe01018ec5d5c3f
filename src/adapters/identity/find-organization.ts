// The organization that a domain belongs to, from the OpenID configuration that Microsoft Entra shows to everybody: it names the tenant as issuer.
// https://learn.microsoft.com/entra/identity-platform/v2-protocols-oidc#find-your-apps-openid-configuration-document-uri
import * as z from 'zod';
import { AppError } from '../../domain/errors.ts';
import { parseOrganizationId } from '../../domain/organization.ts';
import type { OrganizationId } from '../../domain/organization.ts';

const Configuration = z.object({ issuer: z.string() });
const TIME_LIMIT_MS = 10_000;

/** The organization of a domain; undefined when Entra knows none. `authority` is an https address. */
export async function findOrganization(authority: string, domain: string): Promise<OrganizationId | undefined> {
  const resource = 'the OpenID configuration';
  let answer: Response;
  let body: unknown;
  try {
    answer = await fetch(`${authority}/${encodeURIComponent(domain)}/v2.0/.well-known/openid-configuration`, {
      redirect: 'error',
      headers: { accept: 'application/json' },
      signal: AbortSignal.timeout(TIME_LIMIT_MS),
    });
    body = await answer.json();
  } catch (error) {
    throw new AppError('identity.unavailable', { resource }, { cause: error });
  }
  // Entra answers 400 with AADSTS90002 for a domain that nobody has.
  if (answer.status === 400 || answer.status === 404) return undefined;
  const { issuer = '' } = Configuration.safeParse(body).data ?? {};
  const found = issuer
    .split('/')
    .map(parseOrganizationId)
    .find((id) => id !== undefined);
  if (!answer.ok || found === undefined) throw new AppError('identity.unavailable', { resource, status: answer.status });
  return found;
}
