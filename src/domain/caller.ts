// Who asks: the verified caller of one request. Not what the caller may do; roles and assignments decide that.
// The facts are those Microsoft Entra puts into a token: https://learn.microsoft.com/entra/identity-platform/access-token-claims-reference

/** A caller whose token or sign-in was verified. People and applications are compared by tenant and object id, never by name. */
export interface Caller {
  readonly tenantId: string;
  readonly objectId: string;
  readonly kind: 'user' | 'application';
  /** For people to read; may change, may be shared, is no identity. */
  readonly name: string;
  /** App roles that Entra assigned for this app. */
  readonly roles: readonly string[];
  /** Object ids of the groups named in the token. */
  readonly groups: readonly string[];
  /** False when the caller is in more groups than a token holds: ask the directory before deciding that a group is missing. */
  readonly areGroupsComplete: boolean;
  /** Preferred language as a BCP 47 tag, when Entra says. */
  readonly language?: string;
  /** `session`: a cookie came along by itself, so a write must prove that it comes from our own pages. */
  readonly via: 'token' | 'session';
}

/** The headers of a request, as the web's Headers gives them: names in any case, null when absent. */
export interface RequestHeaders {
  get(name: string): string | null;
}

/** Finds out who asks. */
export interface Callers {
  /** The caller; the error `caller.unknown` when there is no valid token and no valid sign-in. */
  identify(headers: RequestHeaders): Promise<Caller>;
}

/** Why a request has no caller; goes to the log, never to the asker. */
export type CallerRefusal =
  | 'nothing-sent'
  | 'not-bearer'
  | 'malformed'
  | 'wrong-algorithm'
  | 'unknown-key'
  | 'bad-signature'
  | 'wrong-tenant'
  | 'wrong-issuer'
  | 'wrong-audience'
  | 'expired'
  | 'not-yet-valid'
  | 'claim-missing'
  | 'not-an-access-token'
  | 'sign-in-is-off'
  | 'sign-in-malformed'
  | 'sign-in-elsewhere'
  | 'sign-in-contradictory';
