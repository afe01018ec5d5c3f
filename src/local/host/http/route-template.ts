// Route templates of ASP.NET Core (`items/{id:int?}`, `{a}-{b}`, `files/{*rest}`) compiled to a matcher over decoded paths.
// Pure; which function answers is router.ts. Source: aspnetcore src/Http/Routing (template parser and matcher), re-told in our own words.
import { compileConstraint, RouteTemplateError } from './route-constraints.ts';
import type { RouteConstraint } from './route-constraints.ts';

interface Parameter {
  kind: 'parameter';
  name: string;
  isCatchAll: boolean;
  isOptional: boolean;
  defaultValue: string | undefined;
  constraints: readonly RouteConstraint[];
}

type Part = { kind: 'literal'; text: string } | Parameter;
type Segment = readonly Part[];
type Values = Map<string, string>;

export interface RouteMatcher {
  /** The parameters of a decoded path (`/api/items/5`), or undefined when it does not match. */
  match(path: string): Record<string, string> | undefined;
}

/** Lower case that never changes the length, so that positions stay true. */
function fold(text: string): string {
  return text.replace(/[A-Z\u0080-\uffff]/g, (char) => (char.toLowerCase().length === 1 ? char.toLowerCase() : char));
}

/** Where the constraint that starts at `start` ends; inside parentheses `:` and `=` belong to its arguments. */
function endOfConstraint(text: string, start: number): number {
  let index = start;
  while (index < text.length && !':=('.includes(text.charAt(index))) index += 1;
  if (text[index] !== '(') return index;
  while (index < text.length) {
    const char = text[index];
    if (char === ')' && (index + 1 === text.length || ':='.includes(text.charAt(index + 1)))) return index + 1;
    if (char === ':' || char === '=') {
      const closing = text.indexOf(')', index + 1);
      if (closing === -1) return index;
      index = closing;
    }
    index += 1;
  }
  return index;
}

function parseParameter(inner: string, template: string): Parameter {
  const stars = /^\*{0,2}/.exec(inner)?.[0].length ?? 0;
  const isOptional = inner.endsWith('?');
  const text = inner.slice(stars, isOptional ? -1 : undefined);
  const nameEnd = /.[:=]/.exec(text)?.index;
  const name = nameEnd === undefined ? text : text.slice(0, nameEnd + 1);
  if (name === '' || /[/{}?*]/.test(name)) {
    throw new RouteTemplateError(`The route '${template}' has a parameter without a valid name: '{${inner}}'.`);
  }

  const constraints: RouteConstraint[] = [];
  let index = name.length;
  while (text[index] === ':') {
    const end = endOfConstraint(text, index + 1);
    if (end > index + 1) constraints.push(compileConstraint(text.slice(index + 1, end)));
    index = end;
  }
  const defaultValue = text[index] === '=' ? text.slice(index + 1) : undefined;
  if (isOptional && (stars > 0 || defaultValue !== undefined)) {
    throw new RouteTemplateError(
      `In the route '${template}' the parameter '${name}' cannot be optional: it is a catch-all or has a default.`,
    );
  }
  return { kind: 'parameter', name, isCatchAll: stars > 0, isOptional, defaultValue, constraints };
}

const unescapeBraces = (text: string): string => text.replaceAll('{{', '{').replaceAll('}}', '}');

/** Cuts a template into `/`, parameters and literals; doubled braces are literal ones, also inside a parameter. */
function tokenize(template: string): string[] {
  const tokens = template.match(/\/|\{(?!\{)(?:[^{}]|\{\{|\}\})*\}|(?:[^{}/]|\{\{|\}\})+/g) ?? [];
  if (tokens.join('') !== template)
    throw new RouteTemplateError(`The route '${template}' has a brace without its partner; write {{ or }} for a literal brace.`);
  return tokens;
}

function checkSegment(segment: Segment, isLast: boolean, template: string): void {
  segment.forEach((part, index) => {
    if (part.kind === 'literal') return;
    const previous = segment[index - 1];
    if (part.isCatchAll && !(isLast && segment.length === 1)) {
      throw new RouteTemplateError(`The catch-all parameter '${part.name}' must be the last segment of the route '${template}'.`);
    }
    if (previous?.kind === 'parameter') {
      throw new RouteTemplateError(
        `The route '${template}' has two parameters in a row; put a literal between '${previous.name}' and '${part.name}'.`,
      );
    }
    if (part.isOptional && segment.length > 1 && !(index === segment.length - 1 && previous?.text === '.')) {
      throw new RouteTemplateError(
        `The optional parameter '${part.name}' of the route '${template}' must end its segment and follow a full stop.`,
      );
    }
  });
}

function parseTemplate(template: string): Segment[] {
  const text = template.replace(/^(?:~\/|\/)/, '').replace(/\/$/, '');
  const segments: Part[][] = [[]];
  const names = new Set<string>();
  for (const token of tokenize(text)) {
    if (token === '/') {
      segments.push([]);
      continue;
    }
    const isParameter = token.startsWith('{') && !token.startsWith('{{');
    if (!isParameter && token.includes('?')) throw new RouteTemplateError(`The route '${template}' contains a '?' outside of a parameter.`);
    const part: Part = isParameter
      ? parseParameter(unescapeBraces(token.slice(1, -1)), template)
      : { kind: 'literal', text: unescapeBraces(token) };
    const name = part.kind === 'parameter' ? part.name.toLowerCase() : undefined;
    if (name !== undefined && names.has(name)) throw new RouteTemplateError(`The route '${template}' names the parameter '${name}' twice.`);
    if (name !== undefined) names.add(name);
    segments.at(-1)?.push(part);
  }
  if (text === '') return [];
  if (segments.some((segment) => segment.length === 0)) throw new RouteTemplateError(`The route '${template}' has an empty segment: '//'.`);
  segments.forEach((segment, index) => checkSegment(segment, index === segments.length - 1, template));
  return segments;
}

/** Matches literals from the right, each at its last possible place; what lies between them are the parameters. */
function matchParts(parts: Segment, text: string): Values | undefined {
  const values: Values = new Map();
  const folded = fold(text);
  let end = text.length;
  let pending: Parameter | undefined;
  for (const part of parts.toReversed()) {
    if (part.kind === 'parameter') {
      pending = part;
      continue;
    }
    // A parameter to the right keeps at least one character; without one the literal must end exactly here.
    const at = folded.slice(0, pending ? Math.max(0, end - 1) : end).lastIndexOf(fold(part.text));
    const after = at + part.text.length;
    if (at === -1 || (!pending && after !== end)) return undefined;
    if (pending) values.set(pending.name, text.slice(after, end));
    pending = undefined;
    end = at;
  }
  if (!pending) return end === 0 ? values : undefined;
  if (end === 0) return undefined;
  return values.set(pending.name, text.slice(0, end));
}

/** As matchParts; when the last parameter is optional (`{name}.{ext?}`), also without it and its full stop. */
function matchSegment(segment: Segment, text: string): Values | undefined {
  const whole = matchParts(segment, text);
  const last = segment.at(-1);
  if (whole || segment.length === 1 || last?.kind !== 'parameter' || !last.isOptional || text.endsWith('.')) return whole;
  return matchParts(segment.slice(0, -2), text);
}

/** The path's segments with the place where each starts; one trailing slash does not count. */
function splitPath(path: string): { text: string; start: number }[] {
  const inner = path.replace(/^\//, '').replace(/\/$/, '');
  if (inner === '') return [];
  let start = path.startsWith('/') ? 1 : 0;
  return inner.split('/').map((text) => {
    const segment = { text, start };
    start += text.length + 1;
    return segment;
  });
}

/** The parameter when it is the whole segment. */
function soleParameter(segment: Segment): Parameter | undefined {
  const [part] = segment;
  return segment.length === 1 && part?.kind === 'parameter' ? part : undefined;
}

function matchSegments(segments: readonly Segment[], path: string): Values | undefined {
  const given = splitPath(path);
  const values: Values = new Map();
  for (const [index, segment] of segments.entries()) {
    const sole = soleParameter(segment);
    const actual = given[index];
    if (!actual) {
      if (!sole || !(sole.isCatchAll || sole.isOptional || sole.defaultValue !== undefined)) return undefined;
      continue;
    }
    if (actual.text === '') return undefined;
    if (sole?.isCatchAll) return values.set(sole.name, path.slice(actual.start));
    const found = matchSegment(segment, actual.text);
    if (!found) return undefined;
    for (const [name, value] of found) values.set(name, value);
  }
  return given.length > segments.length ? undefined : values;
}

/** Compiles a template, without leading slash; a template that ASP.NET Core would refuse throws RouteTemplateError. */
export function compileRoute(template: string): RouteMatcher {
  const segments = parseTemplate(template);
  const parameters = segments.flat().filter((part) => part.kind === 'parameter');

  function accepts({ name, isOptional, constraints }: Parameter, values: Values): boolean {
    const value = values.get(name);
    if (value === undefined) return isOptional || constraints.length === 0;
    return constraints.every((constraint) => constraint(value));
  }

  return {
    match(path) {
      const values = matchSegments(segments, path);
      if (!values) return undefined;
      for (const { name, defaultValue } of parameters) {
        if (defaultValue !== undefined && !values.has(name)) values.set(name, defaultValue);
      }
      return parameters.every((parameter) => accepts(parameter, values)) ? Object.fromEntries(values) : undefined;
    },
  };
}
