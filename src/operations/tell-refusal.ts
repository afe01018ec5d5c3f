// Tells the audit of a request that was refused: in the chain of its organization where that has a connector, else in that of the deployment.
// It never fails: whoever is refused is refused, whether or not it can be told.
import { actorId, actorOf, refusalEntry } from '../domain/audit.ts';
import type { Actor, AuditChain } from '../domain/audit.ts';
import type { Caller } from '../domain/caller.ts';
import type { AppError } from '../domain/errors.ts';
import { parseOrganizationId } from '../domain/organization.ts';
import type { Ports } from '../domain/ports.ts';

export type RefusalNeeds = Pick<Ports, 'connectors' | 'refusals' | 'clock' | 'log'>;

/** What was asked, and how it was refused. */
export interface RefusedRequest {
  readonly error: AppError;
  readonly method: string;
  /** As it is registered. */
  readonly route: string;
  /** Undefined when nobody was identified. */
  readonly caller: Caller | undefined;
  /** As it was sent; undefined for routes that are about none. */
  readonly organization: string | undefined;
}

const UNKNOWN: Actor = { actor: { kind: 'unknown' } };

/** Tells of it, the same refusal once a minute. */
export async function tellRefusal(needs: RefusalNeeds, { error, method, route, caller, organization }: RefusedRequest): Promise<void> {
  const { code } = error;
  const by = caller ? actorOf(caller) : UNKNOWN;
  const reason = textIn(error, 'reason');
  const permission = textIn(error, 'permission');
  const id = organization === undefined ? undefined : parseOrganizationId(organization);
  const key = [actorId(by.actor), method, route, code, reason ?? permission ?? '', id ?? ''].join(' ');
  const refusal = { ...by, method, route, code, ...(reason !== undefined && { reason }), ...(permission !== undefined && { permission }) };
  try {
    await needs.refusals.tell(key, async () => {
      const chain = await auditChainOf(needs, organization);
      return refusalEntry(chain, { ...refusal, time: needs.clock.now() });
    });
  } catch (failure) {
    needs.log.warn('audit.refusal-not-told', { code, route, error: failure });
  }
}

/** The chain of an organization that somebody names: its own when it has a connector, else that of the deployment. */
export async function auditChainOf({ connectors }: Pick<Ports, 'connectors'>, organization: string | undefined): Promise<AuditChain> {
  const id = organization === undefined ? undefined : parseOrganizationId(organization);
  return id && (await connectors.get(id)) ? id : 'deployment';
}

function textIn({ details }: AppError, name: 'reason' | 'permission'): string | undefined {
  const value = details[name];
  return typeof value === 'string' ? value : undefined;
}
