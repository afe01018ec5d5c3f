// The only file that registers functions: it keeps the number that /api/health reports, and withholds functions that cannot work.
// Names are kebab-case and unique; the host matches routes in the order of the names, see http-not-found.ts.
import azureFunctions from '@azure/functions';
import type { HttpMethod } from '@azure/functions';
import { endpoint } from '../src/adapters/http/endpoint.ts';
import type { HttpCallHandler } from '../src/adapters/http/endpoint.ts';
import { portsFor, startState } from '../src/app.ts';

interface HttpRegistration {
  readonly methods: HttpMethod[];
  /** Without the prefix `/api`. */
  readonly route: string;
  readonly handler: HttpCallHandler;
  /** Also registered when the settings are wrong: for functions that need none. */
  readonly isAlwaysServed?: true;
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

/** Registers an HTTP function. Keys are not used: callers prove who they are with a token (anonymous means "no function key"). */
export function registerHttp(name: string, { methods, route, handler, isAlwaysServed }: HttpRegistration): void {
  if (!isAlwaysServed && !isReady) return;
  app.http(name, { methods, route, authLevel: 'anonymous', handler: endpoint(handler, portsFor) });
  names.add(name);
}
