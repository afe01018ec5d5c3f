// Who asks: a bearer token that the app verifies itself, else the sign-in of App Service, which counts only where nobody else can write its header.
// Not what the caller may do. The user that @azure/functions offers is not used: it believes the header always.
import type { Callers, RequestHeaders } from '../../domain/caller.ts';
import type { Clock, Log } from '../../domain/ports.ts';
import { callerFromBearer } from './bearer-token.ts';
import { refusal } from './claims.ts';
import { callerFromSignIn } from './sign-in-header.ts';
import { createSigningKeys } from './signing-keys.ts';

export interface CallersOptions {
  /** Client ids and App ID URIs of this app: what a token's `aud` may say. */
  readonly audiences: readonly string[];
  /** Tenants whose people and applications may ask; lower case. */
  readonly isAllowedTenant: (tenantId: string) => boolean;
  /** https address of Microsoft Entra, without trailing slash. */
  readonly authority: string;
  /** The platform says that App Service Authentication is on: it then replaces any such header that comes from outside. */
  readonly isPlatformSignInOn: boolean;
  readonly clock: Clock;
  readonly log: Log;
}

/** Callers by Microsoft Entra. Signing keys are read when the first token comes. */
export function createCallers(options: CallersOptions): Callers {
  const { audiences, isAllowedTenant, clock } = options;
  const keys = createSigningKeys(options);
  const bearer = { audiences, isAllowedTenant, keys, clock };
  return {
    async identify(headers: RequestHeaders) {
      const authorization = headers.get('authorization');
      // With an Authorization header, the platform may have checked that one and not a cookie; it must stand by itself.
      if (authorization !== null) return callerFromBearer(authorization, bearer);
      const principal = headers.get('x-ms-client-principal');
      if (principal === null) throw refusal('nothing-sent');
      if (!options.isPlatformSignInOn) throw refusal('sign-in-is-off');
      return callerFromSignIn(principal, isAllowedTenant);
    },
  };
}
