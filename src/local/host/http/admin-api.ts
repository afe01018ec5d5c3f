// The host's own API below /admin: status, ping, the list of functions, and starting one by hand.
// Shapes and statuses as recorded (cases admin-*); keys are checked by the caller, ping needs none.
import { hostname } from 'node:os';
import type { HostContext, LoadedFunction } from '../host-context.ts';
import { jsonAnswer } from './plain-http.ts';
import type { MountedRoute, PlainAnswer, PlainRequest } from './plain-http.ts';
import { decodePercent } from './request-path.ts';
import { fullTemplate, routeOf } from './router.ts';

export interface AdminFacts {
  hostVersion: string;
  hostId: string;
  instanceId: string;
  routePrefix: string;
}

const CATEGORY = 'Host.Controllers.Admin';
export const MANUAL_RUN_REASON = 'This function was programmatically called via the host APIs.';

function status(context: HostContext, facts: AdminFacts): PlainAnswer {
  return jsonAnswer(200, {
    id: facts.hostId,
    state: 'Running',
    version: facts.hostVersion,
    versionDetails: `${facts.hostVersion} (local host)`,
    platformVersion: '',
    instanceId: facts.instanceId,
    computerName: hostname(),
    processUptime: Math.round(process.uptime() * 1000),
    functionAppContentEditingState: 'NotAllowed',
    // Nothing is downloaded: the bindings are part of this host.
    ...(context.config.hasExtensionBundle
      ? { extensionBundle: { id: 'Microsoft.Azure.Functions.ExtensionBundle', version: facts.hostVersion } }
      : {}),
  });
}

const isHttp = (fn: LoadedFunction): boolean => fn.trigger.type.toLowerCase() === 'httptrigger';

/** Where an HTTP function is called; lower case as a whole, as the real host writes it. */
function invokeUrl(fn: LoadedFunction, facts: AdminFacts, origin: string): string {
  return `${origin}/${fullTemplate(facts.routePrefix, routeOf(fn))}`.toLowerCase();
}

function describe(fn: LoadedFunction, facts: AdminFacts, origin: string): Record<string, unknown> {
  const { bindings, scriptFile = '' } = fn.metadata;
  const files = `${origin}/admin/vfs/home/site/wwwroot`;
  return {
    name: fn.name,
    script_root_path_href: `${files}/${fn.name}/`,
    script_href: `${files}/${scriptFile}`,
    config_href: `${files}/${fn.name}/function.json`,
    test_data_href: `${origin}/admin/vfs/data/Functions/sampledata/${fn.name}.dat`,
    href: `${origin}/admin/functions/${fn.name}`,
    invoke_url_template: isHttp(fn) ? invokeUrl(fn, facts, origin) : null,
    language: 'node',
    config: {
      name: fn.name,
      entryPoint: '',
      scriptFile,
      language: 'node',
      functionDirectory: '',
      bindings: Object.entries(bindings).map(([name, binding]) => ({ ...binding, name })),
    },
    files: null,
    test_data: '',
    isDisabled: fn.isDisabled,
    isDirect: true,
    isProxy: false,
  };
}

/** The `input` text of the request's JSON object, or the status that refuses it. */
function readInput({ headers, body }: PlainRequest): { input: string } | { refused: 400 | 415 } {
  if (!/^(?:application|text)\/(?:[\w.+-]+\+)?json(?:\s*;|$)/i.test(headers['content-type'] ?? '')) return { refused: 415 };
  let value: unknown;
  try {
    value = JSON.parse(body.toString('utf8'));
  } catch {
    return { refused: 400 };
  }
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return { refused: 400 };
  const { input = '' } = value as { input?: unknown };
  if (input === null) return { input: '' };
  return typeof input === 'string' ? { input } : typeof input === 'object' ? { refused: 400 } : { input: JSON.stringify(input) };
}

async function runHttp(context: HostContext, fn: LoadedFunction, url: string): Promise<void> {
  const http = { method: 'GET', url, nullableHeaders: {}, nullableQuery: {}, nullableParams: {} };
  await context.invoker.invoke(fn, { data: { http }, metadata: {}, reason: MANUAL_RUN_REASON });
}

/** Starts a function in the background; what comes of it is in the log, as on the real host. */
function runByHand(context: HostContext, fn: LoadedFunction, input: string, url: string): void {
  const type = fn.trigger.type.toLowerCase();
  const run = context.manualRuns.get(type);
  if (!run && !isHttp(fn)) {
    context.log.write('warning', CATEGORY, `'${fn.name}' was not started: a function with a ${fn.trigger.type} cannot be run by hand.`);
    return;
  }
  (run ? run(fn, input) : runHttp(context, fn, url)).catch((error: unknown) => {
    context.log.write('error', CATEGORY, `Running '${fn.name}' by hand failed: ${error instanceof Error ? error.message : String(error)}`);
  });
}

/** The routes below /admin. */
export function createAdminApi(context: HostContext, facts: AdminFacts): MountedRoute {
  const find = (name: string): LoadedFunction | undefined => context.functions.find((fn) => fn.name.toLowerCase() === name.toLowerCase());

  function start(request: PlainRequest, name: string): PlainAnswer {
    const read = readInput(request);
    if ('refused' in read) return { status: read.refused };
    const fn = find(name);
    if (!fn || fn.errors.length > 0) return { status: 404 };
    runByHand(context, fn, read.input, invokeUrl(fn, facts, request.origin));
    return { status: 202 };
  }

  function answerFunction(request: PlainRequest, name: string, isStatus: boolean): PlainAnswer {
    if (request.method === 'POST' && !isStatus) return start(request, name);
    const fn = find(name);
    if (request.method !== 'GET' || !fn) return { status: 404 };
    if (isStatus) return jsonAnswer(200, fn.errors.length > 0 ? { errors: fn.errors } : {});
    return jsonAnswer(200, describe(fn, facts, request.origin));
  }

  function answer(request: PlainRequest, path: string): PlainAnswer {
    const [area = '', name = '', detail, ...more] = path.replace(/\/$/, '').split('/').map(decodePercent);
    const route = `${area}/${name}`.toLowerCase();
    const isGet = request.method === 'GET';
    if (more.length > 0) return { status: 404 };
    if (route === 'host/status' && detail === undefined && isGet) return status(context, facts);
    if (route === 'host/ping' && detail === undefined && (isGet || request.method === 'POST')) return { status: 200 };
    if (area.toLowerCase() !== 'functions') return { status: 404 };
    if (name === '') {
      return isGet
        ? jsonAnswer(
            200,
            context.functions.map((fn) => describe(fn, facts, request.origin)),
          )
        : { status: 404 };
    }
    if (detail !== undefined && detail.toLowerCase() !== 'status') return { status: 404 };
    return answerFunction(request, name, detail !== undefined);
  }

  return {
    prefix: '/admin',
    access: 'master',
    isOpen: (path) => /^host\/ping\/?$/i.test(path),
    handle: (request, path) => Promise.resolve(answer(request, path)),
  };
}
