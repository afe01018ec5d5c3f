// One call of the running tenant's control API, over https with the tenant's own authority.
import { readFileSync } from 'node:fs';
import { request } from 'node:https';
import { CONTROL_KEY_HEADER } from './tenant/control/control-route.ts';
import type { Connection } from './tenant/tenant-process.ts';

const TIME_LIMIT_MS = 30_000;

/** The answer as JSON; a refusal throws its text, which says how to put it right. */
export function callTenant(
  { origin, controlKey, caFile }: Pick<Connection, 'origin' | 'controlKey' | 'caFile'>,
  method: 'GET' | 'POST' | 'DELETE',
  path: string,
  body?: Readonly<Record<string, unknown>>,
): Promise<unknown> {
  const options = {
    method,
    headers: { [CONTROL_KEY_HEADER]: controlKey, 'content-type': 'application/json' },
    ca: readFileSync(caFile),
    agent: false as const,
    signal: AbortSignal.timeout(TIME_LIMIT_MS),
  };
  return new Promise((resolve, reject) => {
    const outgoing = request(`${origin}/control/${path}`, options, (incoming) => {
      const chunks: Buffer[] = [];
      incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
      incoming.once('error', reject);
      incoming.once('end', () => {
        try {
          const value = JSON.parse(Buffer.concat(chunks).toString('utf8')) as { error?: string };
          if (incoming.statusCode === 200) resolve(value);
          else reject(new Error(value.error ?? `The tenant answered ${incoming.statusCode}.`));
        } catch (error) {
          reject(new Error(`The tenant at ${origin} answered something that is no JSON.`, { cause: error }));
        }
      });
    });
    outgoing.once('error', (error) => reject(new Error(`The tenant at ${origin} does not answer: ${error.message}`, { cause: error })));
    outgoing.end(body === undefined ? undefined : JSON.stringify(body));
  });
}
