// The list of functions printed at start, as people know it from `func start`.
import type { HostContext, LoadedFunction } from './host-context.ts';
import { fullTemplate, routeOf } from './http/router.ts';

function describe(fn: LoadedFunction, routePrefix: string, port: number): string {
  const { type, methods } = fn.trigger;
  if (type.toLowerCase() !== 'httptrigger') return `${fn.name}: ${type}`;
  const verbs = Array.isArray(methods) && methods.length > 0 ? methods.map((method) => String(method).toUpperCase()).join(',') : 'GET,POST';
  return `${fn.name}: [${verbs}] http://localhost:${port}/${fullTemplate(routePrefix, routeOf(fn))}`;
}

/** The lines to print: served functions first, then what is off or broken and why. */
export function describeFunctions(context: HostContext, port: number): string[] {
  const prefix = context.config.extension('http')['routePrefix'];
  const line = (fn: LoadedFunction): string => `\t${describe(fn, typeof prefix === 'string' ? prefix : 'api', port)}`;
  const broken = context.functions.filter((fn) => fn.errors.length > 0);
  const disabled = context.functions.filter((fn) => fn.isDisabled && fn.errors.length === 0);
  const served = context.functions.filter((fn) => !fn.isDisabled && fn.errors.length === 0);
  return [
    '',
    'Functions:',
    '',
    ...served.flatMap((fn) => [line(fn), '']),
    ...disabled.flatMap((fn) => [`${line(fn)} (disabled)`, '']),
    ...broken.flatMap((fn) => [`\tThe '${fn.name}' function is in error: ${fn.errors.join(' ')}`, '']),
  ];
}
