// What the handlers of the durable webhooks share.
import type { HostClock } from '../clock.ts';
import type { PlainAnswer, PlainRequest } from '../http/plain-http.ts';
import type { DurableHub } from './durable-hub.ts';
import type { DurableUrls } from './durable-urls.ts';

export interface ManagementNeeds {
  hub: DurableHub;
  clock: HostClock;
  urls: DurableUrls;
  /** True for `overridableExistingInstanceStates: AnyState`. */
  mayReplaceLive: boolean;
}

/** `names` are the decoded path segments that the route leaves open. */
export type Handler = (request: PlainRequest, ...names: string[]) => PlainAnswer | Promise<PlainAnswer>;

export const NOT_FOUND: PlainAnswer = { status: 404 };
