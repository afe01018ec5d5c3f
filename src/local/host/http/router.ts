// Which HTTP function answers a request: functions in the order of their names, first match wins, the method is part of the match.
// Source: recorded answers http-precedence and http-refused-functions; azure-functions-host ScriptHost.cs and WebScriptHostHttpRoutesManager.cs.
import type { LoadedFunction } from '../host-context.ts';
import { RouteTemplateError } from './route-constraints.ts';
import { compileRoute } from './route-template.ts';
import type { RouteMatcher } from './route-template.ts';

export interface RouteMatch {
  fn: LoadedFunction;
  params: Record<string, string>;
}

export interface Router {
  /** The function for a method and a decoded path; undefined is the host's 404. */
  match(method: string, path: string): RouteMatch | undefined;
  /** The functions that are served, in matching order, with the path they are served at. */
  readonly routes: readonly { fn: LoadedFunction; methods: readonly string[]; template: string }[];
}

interface Candidate {
  fn: LoadedFunction;
  route: string;
  /** Upper case; empty means all. */
  methods: readonly string[];
}

/** The route text of an HTTP function: its own, or its name. */
export function routeOf(fn: LoadedFunction): string {
  const { route } = fn.trigger;
  return typeof route === 'string' && route.trim() !== '' ? route : fn.name;
}

/** The full template below the server's root: prefix and route. */
export function fullTemplate(routePrefix: string, route: string): string {
  const prefix = routePrefix.replace(/^\/+|\/+$/g, '');
  return prefix === '' ? route : `${prefix}/${route}`;
}

function methodsOf(fn: LoadedFunction): string[] {
  const { methods } = fn.trigger;
  return Array.isArray(methods) ? methods.map((method) => String(method).toUpperCase()) : [];
}

function byName(a: LoadedFunction, b: LoadedFunction): number {
  const [left, right] = [a.name.toUpperCase(), b.name.toUpperCase()];
  return left < right ? -1 : left > right ? 1 : 0;
}

const trimmed = (route: string): string => route.replace(/^\/+|\/+$/g, '').toLowerCase();

function overlap(a: Candidate, b: Candidate): boolean {
  if (trimmed(a.route) !== trimmed(b.route)) return false;
  return a.methods.length === 0 || b.methods.length === 0 || a.methods.some((method) => b.methods.includes(method));
}

/** What the host says about a route it does not serve; undefined when it does. */
function refusal(candidate: Candidate, accepted: readonly Candidate[]): string | undefined {
  if (/^(?:admin|runtime)/.test(trimmed(candidate.route))) return 'The specified route conflicts with one or more built in routes.';
  const rival = accepted.find((other) => overlap(candidate, other));
  return rival && `The route specified conflicts with the route defined by function '${rival.fn.name}'.`;
}

function compile(template: string): RouteMatcher | { error: string } {
  try {
    return compileRoute(template);
  } catch (error) {
    if (error instanceof RouteTemplateError) return { error: error.message };
    throw error;
  }
}

/** Builds the routes of all HTTP functions; one that cannot be served gets its reason in `errors`. */
export function createRouter(functions: readonly LoadedFunction[], routePrefix: string): Router {
  const accepted: (Candidate & { matcher: RouteMatcher; template: string })[] = [];
  for (const fn of functions.toSorted(byName)) {
    if (fn.trigger.type.toLowerCase() !== 'httptrigger' || fn.errors.length > 0) continue;
    const candidate: Candidate = { fn, route: routeOf(fn), methods: methodsOf(fn) };
    const template = fullTemplate(routePrefix, candidate.route);
    const matcher = compile(template);
    const reason = refusal(candidate, accepted) ?? ('error' in matcher ? matcher.error : undefined);
    if (reason !== undefined) fn.errors.push(reason);
    else if ('match' in matcher) accepted.push({ ...candidate, matcher, template });
  }
  // A disabled function keeps its route from others but answers nothing.
  const served = accepted.filter(({ fn }) => !fn.isDisabled);
  return {
    routes: served.map(({ fn, methods, template }) => ({ fn, methods, template })),
    match(method, path) {
      for (const { fn, methods, matcher } of served) {
        const params = methods.length === 0 || methods.includes(method) ? matcher.match(path) : undefined;
        if (params) return { fn, params };
      }
      return undefined;
    },
  };
}
