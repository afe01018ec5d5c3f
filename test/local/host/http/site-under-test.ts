// A real HTTP front with an in-test invoker behind it, and a plain client that sends exactly what it is told.
import { mkdtempSync, rmSync } from 'node:fs';
import { Agent, request as httpRequest } from 'node:http';
import type { IncomingHttpHeaders, OutgoingHttpHeaders } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { createRunningClock } from '../../../../src/local/host/clock.ts';
import type { HostContext, Invocation, LoadedFunction, ManualRun } from '../../../../src/local/host/host-context.ts';
import { listenHttp } from '../../../../src/local/host/http/http-server.ts';
import type { HttpFront } from '../../../../src/local/host/http/http-server.ts';
import type { HostKeys } from '../../../../src/local/host/http/keys.ts';
import type { ServeOptions } from '../../../../src/local/host/http/site.ts';
import type { Binding, HttpRequestData, HttpResponseData, InvocationResult, LogLevel } from '../../../../src/local/host/protocol.ts';

export const OPEN_KEYS: HostKeys = { enforce: false, master: 'master-key', function: 'function-key', system: 'system-key' };
export const ENFORCED_KEYS: HostKeys = { ...OPEN_KEYS, enforce: true };

/** A loaded function; http with GET and POST unless the trigger says otherwise. */
export function aFunction(name: string, trigger: Partial<Binding> = {}, isDisabled = false): LoadedFunction {
  const binding: Binding = {
    type: 'httpTrigger',
    direction: 'in',
    authLevel: 'anonymous',
    ...(trigger.type ? {} : { methods: ['GET', 'POST'] }),
    ...trigger,
  };
  const bindings = { trigger1: binding, $return: { type: 'http', direction: 'out' } };
  return {
    name,
    metadata: { name, bindings, scriptFile: 'main.js' },
    trigger: binding,
    triggerName: 'trigger1',
    isDisabled,
    errors: [],
  };
}

/** A directory that goes away with the test. */
export function temporaryDirectory(t: TestContext): string {
  const path = mkdtempSync(join(tmpdir(), 'host-http-'));
  t.after(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

/** An answer as @azure/functions gives it. */
export function anAnswer(answer: Partial<Omit<HttpResponseData, 'body'>> & { body?: string | Uint8Array } = {}): InvocationResult {
  const { body = '', ...rest } = answer;
  const http: HttpResponseData = { statusCode: '200', headers: {}, ...rest, body: { bytes: Buffer.from(body) } };
  return { ok: true, returnValue: { http }, outputData: [] };
}

export interface SiteUnderTestOptions extends Partial<ServeOptions> {
  functions?: LoadedFunction[];
  /** `extensions.http` of host.json. */
  http?: Record<string, unknown>;
  settings?: Record<string, string>;
  cors?: { origins: string[]; credentials: boolean };
  hasExtensionBundle?: boolean;
  manualRuns?: Record<string, ManualRun>;
  graceMs?: number;
  /** What the functions do; they answer an empty 200 unless told. */
  run?: (request: HttpRequestData, fn: LoadedFunction) => InvocationResult | Promise<InvocationResult>;
}

export interface SiteUnderTest {
  front: HttpFront;
  context: HostContext;
  /** Every invocation so far. */
  invocations: { fn: LoadedFunction; invocation: Invocation }[];
  logged: { level: LogLevel; message: string }[];
  /** The request the last invocation got. */
  lastRequest(): HttpRequestData;
  send(method: string, path: string, options?: SendOptions): Promise<Answer>;
}

export interface SendOptions {
  headers?: OutgoingHttpHeaders;
  body?: string | Buffer;
  /** Sends the body in chunks, without Content-Length. */
  chunked?: boolean;
}

export interface Answer {
  status: number;
  headers: IncomingHttpHeaders;
  /** Header names as sent and values, one entry a line. */
  lines: string[];
  text: string;
  bytes: Buffer;
}

/** Sends one request on a connection of its own, or on the agent's. */
export function send(base: string, method: string, path: string, options: SendOptions = {}, agent?: Agent): Promise<Answer> {
  const { hostname, port } = new URL(base);
  const headers: OutgoingHttpHeaders = { ...options.headers };
  if (options.chunked) headers['transfer-encoding'] = 'chunked';
  else if (options.body !== undefined) headers['content-length'] ??= Buffer.byteLength(options.body);
  const { promise, resolve, reject } = Promise.withResolvers<Answer>();
  const outgoing = httpRequest({ hostname, port, method, path, headers, ...(agent ? { agent } : {}) }, (incoming) => {
    const parts: Buffer[] = [];
    incoming.on('data', (part: Buffer) => parts.push(part));
    incoming.on('error', reject);
    incoming.on('end', () => {
      const bytes = Buffer.concat(parts);
      const raw = incoming.rawHeaders;
      const lines = raw.flatMap((name, index) => (index % 2 === 0 ? [`${name}: ${raw[index + 1]}`] : []));
      resolve({ status: incoming.statusCode ?? 0, headers: incoming.headers, lines, bytes, text: bytes.toString('utf8') });
    });
  });
  outgoing.on('error', reject);
  outgoing.end(options.body);
  return promise;
}

/** Waits until the condition holds. */
export async function until(what: string, condition: () => boolean): Promise<void> {
  for (let turn = 0; turn < 2000; turn += 1) {
    if (condition()) return;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  throw new Error(`waited in vain for: ${what}`);
}

function contextOf(options: SiteUnderTestOptions, site: Pick<SiteUnderTest, 'invocations' | 'logged'>): HostContext {
  const { functions = [], http = {}, settings = {}, cors = { origins: [], credentials: false }, run = () => anAnswer() } = options;
  return {
    appDirectory: '/app',
    dataDirectory: '/data',
    config: {
      extension: (name) => (name === 'http' ? http : {}),
      hasExtensionBundle: options.hasExtensionBundle ?? false,
      functionTimeoutMs: undefined,
      logLevels: {},
      cors,
    },
    settings,
    log: { write: (level, _, message) => void site.logged.push({ level, message }) },
    clock: createRunningClock(),
    functions,
    invoker: {
      async invoke(fn, invocation) {
        site.invocations.push({ fn, invocation });
        return run(invocation.data?.http as HttpRequestData, fn);
      },
    },
    manualRuns: new Map(Object.entries(options.manualRuns ?? {})),
  };
}

/** Starts a front on a free port and serves the given functions; it stops with the test. */
export async function startSite(t: TestContext, options: SiteUnderTestOptions = {}): Promise<SiteUnderTest> {
  const site = { invocations: [] as SiteUnderTest['invocations'], logged: [] as SiteUnderTest['logged'] };
  const context = contextOf(options, site);
  const front = await listenHttp({ port: 0, hostname: 'localhost', graceMs: options.graceMs ?? 2000 });
  t.after(() => front.stop());
  front.serve(context, {
    keys: options.keys ?? OPEN_KEYS,
    mounted: options.mounted ?? [],
    ...(options.auth ? { auth: options.auth } : {}),
    trustPrincipalHeaders: options.trustPrincipalHeaders ?? false,
    hostVersion: '4.9.9',
    hostId: 'host-1',
    instanceId: 'instance-1',
  });
  return {
    front,
    context,
    ...site,
    lastRequest() {
      const http = site.invocations.at(-1)?.invocation.data?.http;
      if (!http || !('method' in http)) throw new Error('no function was invoked with an HTTP request');
      return http;
    },
    send: (method, path, sendOptions) => send(front.url, method, path, sendOptions),
  };
}
