// What a fault is: a named accident on the way of a request to the simulated Exchange. The table of all of them is faults.ts.
import type { Envelope } from './exchange/envelope.ts';
import type { TenantAnswer } from './server/route.ts';

/** Where a fault strikes: before the token is looked at, in place of a cmdlet, on a continuation, on a good answer, or on a batch or an item of it. */
export type FaultStage = 'gate' | 'cmdlet' | 'page' | 'answer' | 'batch' | 'item';

/** Which of Exchange's routes is called. */
export type ExchangeRouteName = 'invoke' | 'batch' | 'modulefile' | 'statistics';

/** What a fault can see of the request. */
export interface FaultContext {
  readonly route: ExchangeRouteName;
  readonly tenantId: string;
  readonly cmdlet: string;
  readonly isWrite: boolean;
  /** Identity or Mailbox of the call, else a made-up name. */
  readonly subject: string;
  readonly origin: string;
  /** Path and query as sent. */
  readonly target: string;
  /** Where redirects lead. */
  readonly regionalHost: string;
  /** Real time. */
  readonly wireMs: number;
  /** What the fault was armed with, or its own default. */
  readonly argument: string;
}

/** What becomes of the request. */
export type FaultEffect =
  | { readonly kind: 'answer'; readonly answer: TenantAnswer }
  /** Waits (for ever when infinite), then goes on. */
  | { readonly kind: 'delay'; readonly ms: number }
  /** The continuation must bring this along. */
  | { readonly kind: 'require'; readonly what: 'anchor' | 'cookie' }
  | { readonly kind: 'spoil'; spoil(envelope: Envelope): Envelope | TenantAnswer };

export interface FaultDefinition {
  readonly stage: FaultStage;
  /** `drift`: a shape the service is not known to send; it tests clients only. */
  readonly kind: 'fault' | 'drift';
  readonly text: string;
  /** How often it strikes when it is armed without a number: once, or until it is disarmed. */
  readonly times: 'once' | 'always';
  /** Meaning and default of the argument. */
  readonly argument?: { readonly meaning: string; readonly initial: string };
  effect(context: FaultContext): FaultEffect;
}
