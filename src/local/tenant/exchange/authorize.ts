// The two grants that a caller needs: the application role in its token, and a role in Exchange. Each refusal looks as the service's does.
// https://learn.microsoft.com/powershell/exchange/app-only-auth-powershell-v2; the forms of refusals were measured by public clients (differences.md).
import type { TenantAnswer } from '../server/route.ts';
import type { OrganizationWorld } from '../world/organization.ts';
import type { Caller } from './cmdlet.ts';
import type { ExchangeContext } from './exchange-context.ts';
import { allowedCmdlets, MANAGE_AS_APP } from './rbac.ts';
import { mailboxFields } from './mailbox-rows.ts';
import { compileFilter } from './opath.ts';
import { refuseCmdlet, unauthorized } from './refusals.ts';
import { SIMULATED_CMDLETS } from './simulated-cmdlets.ts';

const AUDIENCE = 'https://outlook.office365.com';

/** The caller behind an Authorization header, or the answer that it gets. */
export async function authorize(
  context: ExchangeContext,
  organization: OrganizationWorld,
  authorization: string,
): Promise<{ readonly caller: Caller } | { readonly refusal: TenantAnswer }> {
  const [, token] = /^bearer\s+(\S+)$/i.exec(authorization) ?? [];
  const claims = token === undefined ? undefined : await context.verifyToken(token, AUDIENCE);
  const isOwnTenant = claims?.tenantId.toLowerCase() === organization.organization.tenantId;
  if (!claims || !isOwnTenant || !claims.roles.includes(MANAGE_AS_APP)) return { refusal: unauthorized() };
  const application = organization.directory.application(claims.appId);
  const cmdlets = allowedCmdlets(SIMULATED_CMDLETS, claims, application);
  if (cmdlets.size === 0) return { refusal: refuseCmdlet(context.switches().roleRefusal, 'any cmdlet') };
  const { appId, objectId } = claims;
  const filter = application?.recipientFilter ?? '';
  const reaches = filter === '' ? (): boolean => true : compileFilter(filter, mailboxFields(organization));
  return { caller: { appId, objectId, name: application?.displayName ?? appId, cmdlets, reaches } };
}
