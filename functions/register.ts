// The only file that registers functions: it keeps the number that /api/health reports, and withholds functions that cannot work.
// Names are kebab-case and unique; the host matches routes in the order of the names, see http-not-found.ts.
import azureFunctions from '@azure/functions';
import type { FunctionInput, HttpMethod, InvocationContext, TimerHandler } from '@azure/functions';
import durableFunctions from 'durable-functions';
import type { ActivityHandler, OrchestrationHandler } from 'durable-functions';
import { endpoint } from '../src/adapters/http/endpoint.ts';
import type { HttpCallHandler } from '../src/adapters/http/endpoint.ts';
import type { ApiRoute } from '../src/adapters/http/route.ts';
import { portsFor, startState } from '../src/app.ts';
import type { RunActivity } from '../src/domain/discovery-task.ts';
import type { Ports } from '../src/domain/ports.ts';
import { logFailure } from '../src/log-failure.ts';
import { runActivity } from '../src/run-activity.ts';
import type { RunOperation } from '../src/run-activity.ts';
import { tellingRefusals } from '../src/tell-refusals.ts';

/** The ports of an invocation, with the client of the task hub that the host hands to functions which asked for one here. */
const portsOf = (context: InvocationContext): Ports => portsFor(context, () => durableFunctions.getClient(context));

interface HttpRegistration {
  readonly methods: HttpMethod[];
  /** Without the prefix `/api`. */
  readonly route: string;
  readonly handler: HttpCallHandler;
  /** Also registered when the settings are wrong: for functions that need none. */
  readonly isAlwaysServed?: true;
  /** Its handler starts or nudges orchestrations: the host then hands it a client of the task hub. */
  readonly usesWorkflows?: true;
}

// Node finds no named exports in this CommonJS package; the default import works in the sources and in the bundle.
const { app } = azureFunctions;
// Read while the app loads, so that wrong settings are reported before the first request.
const { isReady } = startState();
const names = new Set<string>();
let isStarted = false;

// Without the host's module the library skips every registration and only warns, so an empty app would look healthy. The host
// runs this hook after it took all registrations; where it does not run, nothing was registered.
app.hook.appStart(() => {
  isStarted = true;
});

/** How many functions the host took from this app; 0 until it has started it. */
export function registeredFunctions(): number {
  return isStarted ? names.size : 0;
}

/** Registers and counts; while the settings are wrong, only what needs none. */
function take(name: string, register: () => void, isAlwaysServed = false): void {
  if (!isAlwaysServed && !isReady) return;
  register();
  names.add(name);
}

const hubClient = (): FunctionInput => durableFunctions.input.durableClient();

/** Registers an HTTP function. Keys are not used: callers prove who they are with a token (anonymous means "no function key"). */
export function registerHttp(name: string, { methods, route, handler, isAlwaysServed, usesWorkflows }: HttpRegistration): void {
  const extraInputs = usesWorkflows ? [hubClient()] : [];
  const register = (): void => app.http(name, { methods, route, authLevel: 'anonymous', extraInputs, handler: endpoint(handler, portsOf) });
  take(name, register, isAlwaysServed);
}

/** Registers a timer with a schedule of six fields, seconds first. It works on records, so a time that was missed needs no making up. */
export function registerTimer(name: string, schedule: string, run: (ports: Ports) => Promise<void>): void {
  const handler: TimerHandler = async (_, context) => {
    const ports = portsOf(context);
    await logFailure(ports.log, 'timer.failed', { timer: name }, () => run(ports));
  };
  take(name, () => app.timer(name, { schedule, useMonitor: false, extraInputs: [hubClient()], handler }));
}

/** Registers an orchestration. */
export function registerWorkflow(name: string, handler: OrchestrationHandler): void {
  take(name, () => void durableFunctions.app.orchestration(name, handler));
}

/** Registers an activity of a run with the operation behind it. */
export function registerActivity<Name extends RunActivity>(name: Name, operation: RunOperation<Name>): void {
  take(name, () => void durableFunctions.app.activity(name, { handler: runActivity(name, operation, portsOf) }));
}

/**
 * Registers an activity that belongs to no run. What it is handed comes from whoever can reach the task hub, so the operation checks its input.
 * It may start orchestrations.
 */
export function registerTask(name: string, operation: (ports: Ports, input: unknown) => Promise<object>): void {
  const handler: ActivityHandler = async (input: unknown, context) => {
    const ports = portsOf(context);
    return logFailure(ports.log, 'activity.failed', { activity: name }, () => operation(ports, input));
  };
  take(name, () => void durableFunctions.app.activity(name, { extraInputs: [hubClient()], handler }));
}

const routes: ApiRoute[] = [];

/** The routes of the API that were registered, for the document that describes them. */
export function apiRoutes(): readonly ApiRoute[] {
  return routes;
}

/** Registers a route of the API. Who may GET may HEAD: the host leaves the body out. */
export function registerApi(definition: ApiRoute): void {
  const { name, method, route, usesWorkflows } = definition;
  routes.push(definition);
  registerHttp(name, {
    methods: method === 'GET' ? ['GET', 'HEAD'] : [method],
    route,
    handler: tellingRefusals(definition),
    ...(usesWorkflows && { usesWorkflows }),
  });
}
