// The AuditKey port with a key in Azure Key Vault or a Managed HSM: the vault signs, and the key never leaves it. Signatures are verified here,
// with public keys that the vault shows. https://learn.microsoft.com/rest/api/keyvault/keys/sign/sign
import { createHash } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import type { TokenCredential } from '@azure/core-auth';
import {
  bearerTokenAuthenticationPolicy,
  createDefaultHttpClient,
  createHttpHeaders,
  createPipelineFromOptions,
  createPipelineRequest,
} from '@azure/core-rest-pipeline';
import type { PipelineResponse } from '@azure/core-rest-pipeline';
import * as z from 'zod';
import type { AuditKey } from '../../domain/audit-port.ts';
import { AppError } from '../../domain/errors.ts';
import { isSignedBy, PublicJwk, publicKeyOf } from './es256.ts';

const API_VERSION = '7.4';
const TIME_LIMIT_MS = 10_000;
/** All within the time limit: the timer asks again soon. */
const RETRIES = { maxRetries: 3, retryDelayInMs: 200, maxRetryDelayInMs: 2000 };
/** How long a new version of the key may go unnoticed. */
const CURRENT_MS = 60 * 60_000;

export interface VaultKeyOptions {
  /** `https://<vault>/keys/<name>`, without a version: the current one signs, and every version is trusted. */
  readonly keyUrl: string;
  readonly credential: TokenCredential;
  /** Adds trust in a certificate authority; left out in production. */
  readonly ca?: string;
  /** Milliseconds that only grow; left out, the process's own. */
  readonly elapsedMs?: () => number;
}

const KeyAnswer = z.object({ key: PublicJwk.extend({ kid: z.string() }) });
const SignAnswer = z.object({ kid: z.string(), value: z.string() });

interface VaultKey {
  /** The address of one version. */
  readonly id: string;
  readonly publicKey: KeyObject;
}

/** The key in the vault; nothing is sent before it is needed. */
export function createVaultKey({ keyUrl, credential, ca, elapsedMs = () => performance.now() }: VaultKeyOptions): AuditKey {
  const address = addressOf(keyUrl);
  const ask = createAsk(address, credential, ca);
  const versions = new Map<string, Promise<VaultKey | undefined>>();
  let current: { readonly key: VaultKey; readonly readAtMs: number } | undefined;

  async function read(url: string): Promise<VaultKey | undefined> {
    const answer = await ask('reading the key', 'GET', url, undefined);
    if (answer === undefined) return undefined;
    const { key } = parse(KeyAnswer, answer);
    if (!isVersionOf(address, key.kid)) throw invalid(`the vault answered with the key ${key.kid}`);
    return { id: key.kid, publicKey: publicKeyOf(key) };
  }

  async function signingKey(): Promise<VaultKey> {
    if (current && elapsedMs() - current.readAtMs < CURRENT_MS) return current.key;
    const key = await read(address);
    if (!key) throw invalid(`the vault has no key ${address}`);
    current = { key, readAtMs: elapsedMs() };
    return key;
  }

  async function version(id: string): Promise<VaultKey | undefined> {
    const found = versions.get(id) ?? read(id);
    versions.set(id, found);
    // What failed is asked again.
    found.catch(() => versions.delete(id));
    return found;
  }

  return {
    async sign(text) {
      const { id } = await signingKey();
      const value = createHash('sha256').update(text).digest('base64url');
      const answer = await ask('signing', 'POST', `${id}/sign`, { alg: 'ES256', value });
      if (answer === undefined) throw invalid(`the vault has no key ${id} any more`);
      const signed = parse(SignAnswer, answer);
      return { algorithm: 'ES256', keyId: id, signature: signed.value };
    },

    async verify(text, { algorithm, keyId, signature }) {
      // A head says itself which key signed it: only versions of the one key that this deployment names are believed.
      if (algorithm !== 'ES256' || !isVersionOf(address, keyId)) return 'unknown-key';
      const key = await version(keyId);
      if (!key) return 'unknown-key';
      return isSignedBy(key.publicKey, text, signature) ? 'valid' : 'forged';
    },
  };
}

function addressOf(keyUrl: string): string {
  const url = URL.canParse(keyUrl) ? new URL(keyUrl) : undefined;
  const isKey = url?.protocol === 'https:' && url.search === '' && /^\/keys\/[A-Za-z0-9-]{1,127}\/?$/.test(url.pathname);
  if (!isKey) throw invalid(`'${keyUrl}' is not the address of a key; write it like https://<vault>.vault.azure.net/keys/<name>`);
  return `${url.origin}${url.pathname.replace(/\/$/, '')}`;
}

function isVersionOf(address: string, id: string): boolean {
  return id.startsWith(`${address}/`) && /^[A-Za-z0-9]{1,64}$/.test(id.slice(address.length + 1));
}

type Ask = (request: string, method: 'GET' | 'POST', url: string, body: object | undefined) => Promise<string | undefined>;

/** Requests to the vault, repeated by the pipeline where that helps; undefined when there is no such key. */
function createAsk(address: string, credential: TokenCredential, ca: string | undefined): Ask {
  const client = createDefaultHttpClient();
  const pipeline = createPipelineFromOptions({ retryOptions: RETRIES, ...(ca !== undefined && { tlsOptions: { ca } }) });
  pipeline.addPolicy(bearerTokenAuthenticationPolicy({ credential, scopes: scopeOf(address) }));

  async function send(request: string, method: 'GET' | 'POST', url: string, body: object | undefined): Promise<PipelineResponse> {
    try {
      return await pipeline.sendRequest(
        client,
        createPipelineRequest({
          method,
          url: `${url}?api-version=${API_VERSION}`,
          headers: createHttpHeaders({ accept: 'application/json', ...(body && { 'content-type': 'application/json' }) }),
          ...(body && { body: JSON.stringify(body) }),
          abortSignal: AbortSignal.timeout(TIME_LIMIT_MS),
        }),
      );
    } catch (error) {
      if (error instanceof AppError) throw error;
      throw new AppError('audit.key-unavailable', { request, key: address }, { cause: error });
    }
  }

  return async (request, method, url, body) => {
    const { status, bodyAsText } = await send(request, method, url, body);
    if (status === 200) return bodyAsText ?? '';
    if (status === 404) return undefined;
    const details = { request, key: address, status, answer: (bodyAsText ?? '').slice(0, 300) };
    throw new AppError(status === 408 || status === 429 || status >= 500 ? 'audit.key-unavailable' : 'audit.key-denied', details);
  };
}

/** The vault's service without the vault's own name: https://learn.microsoft.com/azure/key-vault/general/authentication-requests-and-responses */
function scopeOf(address: string): string {
  const { hostname } = new URL(address);
  return `https://${hostname.slice(hostname.indexOf('.') + 1)}/.default`;
}

function parse<T>(schema: z.ZodType<T>, text: string): T {
  try {
    return schema.parse(JSON.parse(text));
  } catch (error) {
    throw invalid('the vault answered in a form that is not known; it has to be an elliptic-curve key on P-256', error);
  }
}

function invalid(problem: string, cause?: unknown): AppError {
  return new AppError('audit.key-invalid', { problem }, { cause });
}
