// One call to the simulated Graph as its handlers see it, alone or as a part of a batch, and the forms of its answers.
// Errors: https://learn.microsoft.com/graph/errors
import type { AnswerFate } from '../server/route.ts';
import type { OrganizationWorld } from '../world/organization.ts';
import type { TokenClaims } from '../world/types.ts';
import type { World } from '../world/world.ts';
import type { OpenLists } from './open-lists.ts';

export interface GraphContext {
  readonly world: World;
  /** Lists that other pages were read from. */
  readonly lists: OpenLists;
  readonly organization: OrganizationWorld;
  readonly claims: TokenClaims;
  /** `https://` and host as the caller wrote them, for links. */
  readonly origin: string;
  readonly method: string;
  /** Path below the version, decoded, without leading slash. */
  readonly path: string;
  readonly query: URLSearchParams;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  /** Parsed JSON; undefined when there was no body. */
  readonly body: unknown;
}

export interface GraphAnswer {
  readonly status: number;
  /** An object to be sent as JSON, or text to be sent as it is. */
  readonly body?: Readonly<Record<string, unknown>> | string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly fate?: AnswerFate;
}

/** Thrown by handlers, answered at the edge. */
export class GraphFailure extends Error {
  readonly status: number;
  readonly code: string;
  readonly headers: Readonly<Record<string, string>>;

  constructor(status: number, code: string, message: string, headers: Readonly<Record<string, string>> = {}) {
    super(message);
    this.status = status;
    this.code = code;
    this.headers = headers;
  }
}

/** The answer for a failure; `id` and `date` are what the real one repeats in `innerError`. */
export function failureAnswer(failure: GraphFailure, id: string, date: string): GraphAnswer {
  const innerError = { date, 'request-id': id, 'client-request-id': id };
  return {
    status: failure.status,
    headers: failure.headers,
    body: { error: { code: failure.code, message: failure.message, innerError } },
  };
}

/** The failures that several calls share. */
export const failures = {
  noToken: () => new GraphFailure(401, 'InvalidAuthenticationToken', 'Access token is empty.', CHALLENGE),
  badToken: () => new GraphFailure(401, 'InvalidAuthenticationToken', 'Access token validation failure.', CHALLENGE),
  noPermission: () => new GraphFailure(403, 'Authorization_RequestDenied', 'Insufficient privileges to complete the operation.'),
  noObject: (id: string) =>
    new GraphFailure(
      404,
      'Request_ResourceNotFound',
      `Resource '${id}' does not exist or one of its queried reference-property objects are not present.`,
    ),
  noSegment: (segment: string) => new GraphFailure(400, 'BadRequest', `Resource not found for the segment '${segment}'.`),
  badRequest: (message: string) => new GraphFailure(400, 'BadRequest', message),
  unsupportedQuery: (message: string) => new GraphFailure(400, 'Request_UnsupportedQuery', message),
} as const;

const CHALLENGE = {
  'www-authenticate':
    'Bearer realm="", authorization_uri="https://login.microsoftonline.com/common/oauth2/authorize", client_id="00000003-0000-0000-c000-000000000000"',
};
