// Bench of the simulated tenant: it must be fast and small enough that other benches measure the product, not the tenant.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { Agent, request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Connection } from '../../src/local/tenant/tenant-process.ts';
import { peakMemoryMib, type Figure } from './figures.ts';

const MAIN = join(import.meta.dirname, '../../src/local/tenant/main.ts');
const PAGE = 5_000;

interface Call {
  method: 'GET' | 'POST';
  url: string;
  headers: Record<string, string>;
  body?: string;
}

function send(agent: Agent, { method, url, headers, body }: Call): Promise<string> {
  return new Promise((resolve, reject) => {
    const outgoing = request(url, { method, agent, headers }, (incoming) => {
      const parts: Buffer[] = [];
      incoming.on('data', (part: Buffer) => parts.push(part));
      incoming.on('end', () => {
        const text = Buffer.concat(parts).toString('utf8');
        if (incoming.statusCode === 200) resolve(text);
        else reject(new Error(`${method} ${url}: ${incoming.statusCode} ${text.slice(0, 300)}`));
      });
    });
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}

async function tokenOf(agent: Agent, { identityEndpoint, identityHeader }: Connection): Promise<string> {
  const url = `${identityEndpoint}?resource=${encodeURIComponent('https://outlook.office365.com')}&api-version=2019-08-01`;
  const text = await send(agent, { method: 'GET', url, headers: { 'x-identity-header': identityHeader } });
  return (JSON.parse(text) as { access_token: string }).access_token;
}

/** Reads the whole device list page by page without looking into it; rows are counted by their Guid member. */
async function readDevices(agent: Agent, { origin, organizations }: Connection, token: string): Promise<number> {
  const tenantId = organizations[0]?.tenantId ?? '';
  const headers = {
    authorization: `Bearer ${token}`,
    'content-type': 'application/json',
    prefer: `odata.maxpagesize=${PAGE}`,
    'x-anchormailbox': `APP:SystemMailbox{bb558c35-97f1-4cb9-8ff7-d53741dc928c}@${tenantId}`,
  };
  const body = JSON.stringify({ CmdletInput: { CmdletName: 'Get-MobileDevice', Parameters: { ResultSize: 'Unlimited' } } });
  let rows = 0;
  let url: string | undefined = `${origin}/adminapi/beta/${tenantId}/InvokeCommand`;
  while (url !== undefined) {
    const text = await send(agent, { method: 'POST', url, headers, body });
    rows += text.split('"Guid":').length - 1;
    const link = /"@odata\.nextLink":("(?:[^"\\]|\\.)*")/.exec(text)?.[1];
    url = link === undefined ? undefined : (JSON.parse(link) as string);
  }
  return rows;
}

export async function benchTenant(mailboxes: number): Promise<Figure[]> {
  const data = mkdtempSync(join(tmpdir(), 'exchange-connector-tenant-'));
  const startedMs = performance.now();
  const child = spawn(process.execPath, [MAIN, '--data', data, '--port', '0', '--mailboxes', String(mailboxes), '--held'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  try {
    await once(child.stdout, 'data');
    const startMs = performance.now() - startedMs;
    const connection = JSON.parse(readFileSync(join(data, 'connection.json'), 'utf8')) as Connection;
    const agent = new Agent({ keepAlive: true, ca: readFileSync(connection.caFile) });
    const token = await tokenOf(agent, connection);
    const readMs = performance.now();
    const rows = await readDevices(agent, connection, token);
    const tookMs = performance.now() - readMs;
    agent.destroy();
    return [
      { what: `start with ${mailboxes.toLocaleString('en')} mailboxes`, value: `${(startMs / 1000).toFixed(1)} s`, how: 'a fresh folder' },
      { what: 'devices served', value: rows.toLocaleString('en'), how: `one bare paged read, ${PAGE} rows a page, all properties` },
      { what: 'rows a second', value: Math.round((rows / tookMs) * 1000).toLocaleString('en'), how: 'no latency, one connection' },
      { what: 'peak memory of the tenant', value: `${peakMemoryMib(child.pid ?? 0)} MiB`, how: 'VmHWM' },
    ];
  } finally {
    child.kill('SIGTERM');
    await once(child, 'exit');
    rmSync(data, { recursive: true, force: true });
  }
}
