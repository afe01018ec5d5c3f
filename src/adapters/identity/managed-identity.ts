// The credential of a managed identity that can be told to get new tokens. MSAL keeps those of managed identities for the whole process, whichever
// credential asks, and @azure/identity has no way past that; MSAL's own `forceRefresh` has, so it is asked through the SDK's credential.
// The platform keeps tokens as well, for up to a day; nobody gets past that: https://learn.microsoft.com/entra/identity/managed-identities-azure-resources/managed-identity-best-practice-recommendations
import type { AccessToken, GetTokenOptions } from '@azure/core-auth';

type Sdk = Pick<typeof import('@azure/identity'), 'ManagedIdentityCredential'>;

/** The part of MSAL's ManagedIdentityApplication that is used. */
interface MsalApplication {
  acquireToken(request: { readonly resource: string; readonly forceRefresh: true }): Promise<unknown>;
}

export interface ManagedIdentityOptions {
  /** Of a user-assigned identity; left out, the system-assigned one. */
  readonly clientId?: string | undefined;
  /** The first token of each scope is a new one. */
  readonly isRenewed: boolean;
}

/** A credential that answers a token or throws. */
interface ManagedIdentity {
  getToken(scopes: string | string[], how?: GetTokenOptions): Promise<AccessToken>;
}

/** The credential; nothing is sent before the first token is asked for. */
export function managedIdentity(sdk: Sdk, { clientId, isRenewed }: ManagedIdentityOptions): ManagedIdentity {
  const credential = clientId === undefined ? new sdk.ManagedIdentityCredential() : new sdk.ManagedIdentityCredential({ clientId });
  if (!isRenewed) return credential;
  const renewals = new Map<string, Promise<void>>();
  return {
    async getToken(scopes, how) {
      const scope = [scopes].flat().join(' ');
      const renewal = renewals.get(scope) ?? renew(credential, scope);
      renewals.set(scope, renewal);
      await renewal;
      return credential.getToken(scopes, how);
    },
  };
}

async function renew(credential: object, scope: string): Promise<void> {
  const application: unknown = Reflect.get(credential, 'managedIdentityApp');
  if (!isMsalApplication(application)) return;
  try {
    await application.acquireToken({ resource: scope.replace(/\/\.default$/, ''), forceRefresh: true });
  } catch {
    // The SDK, which is asked next, tells the same in words that identity-errors.ts can read.
  }
}

function isMsalApplication(value: unknown): value is MsalApplication {
  return typeof value === 'object' && value !== null && 'acquireToken' in value && typeof value.acquireToken === 'function';
}
