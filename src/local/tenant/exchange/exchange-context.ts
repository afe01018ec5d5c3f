// What the parts of the Exchange endpoint share: the world, who verifies tokens, faults, switches and load. One per tenant process.
import type { FaultBoard } from '../fault-board.ts';
import type { ExchangeRouteName, FaultContext, FaultEffect } from '../fault-types.ts';
import type { LoadGate } from '../load-model.ts';
import type { TenantAnswer, TenantRequest } from '../server/route.ts';
import type { OrganizationWorld } from '../world/organization.ts';
import type { VerifyToken } from '../world/types.ts';
import type { World } from '../world/world.ts';
import type { SentinelCounter } from './sentinels.ts';
import type { ExchangeSwitches } from './switches.ts';

export interface ExchangeContext {
  readonly world: World;
  readonly verifyToken: VerifyToken;
  readonly faults: FaultBoard;
  readonly load: LoadGate;
  readonly sentinels: SentinelCounter;
  /** Read anew for every request: people turn them while it runs. */
  switches(): ExchangeSwitches;
  /** Waits real time; rejects when the signal is aborted. */
  wait(ms: number, signal: AbortSignal): Promise<void>;
  /** The next request id, a GUID. */
  nextRequestId(): string;
}

/** One request, its path understood. */
export interface ExchangeRequest {
  readonly route: ExchangeRouteName;
  readonly request: TenantRequest;
  readonly organization: OrganizationWorld;
}

/** The fault context of a request before anything is known of its body. */
export function faultContextOf(
  context: ExchangeContext,
  { route, request, organization }: ExchangeRequest,
): Omit<FaultContext, 'argument'> {
  return {
    route,
    tenantId: organization.organization.tenantId,
    cmdlet: '',
    isWrite: false,
    subject: 'no-such-device',
    origin: request.origin,
    target: request.target,
    regionalHost: context.switches().regionalHost || otherLoopback(request.origin),
    wireMs: context.world.clock.wireNow(),
  };
}

/** Carries out an effect that stands in for the request; undefined lets it go on. */
export async function suffer(
  context: ExchangeContext,
  effect: FaultEffect | undefined,
  signal: AbortSignal,
): Promise<TenantAnswer | undefined> {
  if (effect?.kind === 'delay') await context.wait(effect.ms, signal);
  return effect?.kind === 'answer' ? effect.answer : undefined;
}

/** The same server by its other name: a second host for whoever looks at names. */
function otherLoopback(origin: string): string {
  const { hostname, port } = new URL(origin);
  const host = hostname === 'localhost' ? '127.0.0.1' : 'localhost';
  return port === '' ? host : `${host}:${port}`;
}
