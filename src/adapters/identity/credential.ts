// Tokens for a connector, by @azure/identity, which is loaded when the first token is asked for. One path for every cloud and the simulated tenant.
// Secrets and certificates come from app settings by name and stay in here; no error or log entry carries them.
import type { AccessToken, GetTokenOptions, TokenCredential } from '@azure/core-auth';
import type { CloudEndpoints } from '../../domain/cloud.ts';
import { settingOf } from '../../domain/credential.ts';
import type { Credential } from '../../domain/credential.ts';
import { AppError } from '../../domain/errors.ts';
import { toIdentityError } from './identity-errors.ts';
import { managedIdentity } from './managed-identity.ts';

export interface CredentialOptions {
  readonly tenantId: string;
  readonly credential: Credential;
  readonly endpoints: Pick<CloudEndpoints, 'authority' | 'tokenExchangeScope'>;
  /** The value of an app setting; undefined when it is not there. */
  readonly setting: (name: string) => string | undefined;
  /** How long one token may take; left out, half a minute. */
  readonly timeLimitMs?: number;
}

/** A credential whose failures are AppErrors. */
export interface ConnectorCredential extends TokenCredential {
  getToken(scopes: string | string[], options?: GetTokenOptions): Promise<AccessToken>;
  /**
   * Forgets every token and reads the settings again, so that a new grant or a new certificate counts at once.
   * Tokens of a managed identity are kept by the platform as well, for up to a day: those stay.
   */
  renew(): void;
}

const TIME_LIMIT_MS = 30_000;

/** The credential of one connector; nothing is loaded, read or sent before the first `getToken`. */
export function createCredential(options: CredentialOptions): ConnectorCredential {
  let inner: Promise<TokenCredential> | undefined;
  let isRenewed = false;

  async function getToken(scopes: string | string[], how: GetTokenOptions = {}): Promise<AccessToken> {
    const resource = [scopes].flat().join(' ');
    try {
      inner ??= make(options, isRenewed).catch((error: unknown) => {
        inner = undefined;
        throw error;
      });
      const work = inner.then((credential) => credential.getToken(scopes, how));
      const token = await withinLimits(work, how.abortSignal, options.timeLimitMs ?? TIME_LIMIT_MS, resource);
      if (token) return token;
    } catch (error) {
      throw isAbort(error) ? error : toIdentityError(error, resource);
    }
    throw new AppError('identity.unavailable', { resource, answer: 'The credential returned no token.' });
  }

  return {
    getToken,
    renew() {
      inner = undefined;
      isRenewed = true;
    },
  };
}

async function make(options: CredentialOptions, isRenewed: boolean): Promise<TokenCredential> {
  const { tenantId, credential, endpoints } = options;
  if (!endpoints.authority.startsWith('https://')) {
    throw new AppError('settings.invalid', { problems: `The authority '${endpoints.authority}' must be an https address.` });
  }
  const sdk = await import('@azure/identity');
  // The host comes from our own list or from the deployment's settings, never from a caller: asking Microsoft whether it is one of theirs
  // would only add a host that a closed network must let through.
  const base = { authorityHost: endpoints.authority, disableInstanceDiscovery: true };
  switch (credential.kind) {
    case 'managed-identity':
      return managedIdentity(sdk, { clientId: credential.clientId, isRenewed });
    case 'certificate':
      return new sdk.ClientCertificateCredential(tenantId, credential.clientId, { certificate: certificateOf(options) }, base);
    case 'secret':
      return new sdk.ClientSecretCredential(tenantId, credential.clientId, valueOf(options), base);
    case 'federated-identity': {
      // Grants are the application's, which the token that vouches does not carry.
      const voucher = managedIdentity(sdk, { clientId: credential.managedIdentityClientId, isRenewed: false });
      const assertion = async (): Promise<string> => (await voucher.getToken(`${endpoints.tokenExchangeScope}/.default`)).token;
      return new sdk.ClientAssertionCredential(tenantId, credential.clientId, assertion, base);
    }
    case 'federated-file':
      return new sdk.WorkloadIdentityCredential({ tenantId, clientId: credential.clientId, tokenFilePath: valueOf(options), ...base });
    default:
      return credential satisfies never;
  }
}

function valueOf({ credential, setting }: CredentialOptions): string {
  const name = settingOf(credential);
  if (name === undefined) {
    throw new AppError('credential.invalid', {
      problem: 'its name must be upper-case letters, digits and underscores, beginning with a letter',
    });
  }
  const value = setting(name)?.trim() ?? '';
  if (value === '') throw new AppError('credential.invalid', { problem: `the app setting ${name} is missing or empty` });
  // What App Service leaves in the setting when it could not follow a Key Vault reference.
  if (value.startsWith('@Microsoft.KeyVault(')) {
    throw new AppError('credential.invalid', {
      problem: `the Key Vault reference in the app setting ${name} was not resolved; check the vault, its firewall and the access of the app's identity`,
    });
  }
  return value;
}

/** Key and certificate as one PEM text, in which settings files may write `\n` for a line end. */
function certificateOf(options: CredentialOptions): string {
  const pem = valueOf(options).replaceAll(String.raw`\n`, '\n');
  if (pem.includes('-----BEGIN CERTIFICATE-----') && /-----BEGIN (?:RSA )?PRIVATE KEY-----/.test(pem)) return pem;
  throw new AppError('credential.invalid', {
    problem: `the app setting ${settingOf(options.credential)} must hold a private key and its certificate as PEM; in Key Vault, choose the content type PEM`,
  });
}

/** MSAL can neither be interrupted nor does it give up by itself: the caller stops waiting, the request runs out on its own. */
async function withinLimits<T>(work: Promise<T>, signal: GetTokenOptions['abortSignal'], limitMs: number, resource: string): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>();
  const stop = (): void => reject(new DOMException('The token request was cancelled.', 'AbortError'));
  const giveUp = (): void => reject(new AppError('identity.unavailable', { resource, answer: `No answer within ${limitMs} ms.` }));
  const timer = setTimeout(giveUp, limitMs);
  signal?.addEventListener('abort', stop);
  if (signal?.aborted) stop();
  try {
    return await Promise.race([work, promise]);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', stop);
    // Whichever lost the race has nobody left to report to.
    promise.catch(() => undefined);
    work.catch(() => undefined);
  }
}

function isAbort(error: unknown): error is Error {
  return error instanceof Error && error.name === 'AbortError';
}
