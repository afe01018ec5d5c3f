// Faults of the simulated Graph on demand: which calls they befall, how often, and what they do to the answer.
import type { AnswerFate } from '../server/route.ts';
import type { GraphAnswer } from './graph-context.ts';

interface GraphFault {
  /** Befalls calls whose `METHOD path` matches, the path below the version and without query; left out: all of them. Parts of a batch count. */
  readonly matches?: RegExp;
  /** How many calls; left out: one. */
  readonly times?: number;
  readonly effect: GraphEffect;
}

export type GraphEffect =
  /** Answers so instead. `retryAfter` is sent as it stands: seconds, or a date. */
  | { readonly kind: 'status'; readonly status: number; readonly retryAfter?: string; readonly code?: string; readonly text?: string }
  /** Carries out the call, then loses the connection. */
  | { readonly kind: 'lost'; readonly fate: AnswerFate }
  /** Links of the answer lead to this host. */
  | { readonly kind: 'foreign-link'; readonly host: string }
  /** The link to the next page leads to this same page. */
  | { readonly kind: 'endless' }
  /** A page without its list, or a batch without one of its answers. */
  | { readonly kind: 'incomplete' }
  /** Half of the body, with a whole answer around it. */
  | { readonly kind: 'half-body' };

export interface GraphFaults {
  add(fault: GraphFault): void;
  clear(): void;
  /** The effect on this call, which is used up by it. */
  take(call: string): GraphEffect | undefined;
}

/** What each kind of effect cannot do without. */
const NEEDED = {
  status: { name: 'status', type: 'number' },
  lost: { name: 'fate', type: 'string' },
  'foreign-link': { name: 'host', type: 'string' },
  endless: undefined,
  incomplete: undefined,
  'half-body': undefined,
} as const satisfies Record<GraphEffect['kind'], { name: string; type: string } | undefined>;

/** An effect from outside; a RangeError says which kinds there are, or what the kind needs. */
export function readGraphEffect(given: Readonly<Record<string, unknown>>): GraphEffect {
  const kind = Object.keys(NEEDED).find((known): known is GraphEffect['kind'] => known === given['kind']);
  if (!kind) throw new RangeError(`effect.kind is one of ${Object.keys(NEEDED).join(', ')}, not ${JSON.stringify(given['kind'])}.`);
  const needed = NEEDED[kind];
  if (needed && typeof given[needed.name] !== needed.type)
    throw new RangeError(`The effect "${kind}" needs effect.${needed.name}, a ${needed.type}.`);
  // Kind and needed member were just checked; what else is given only words the answer.
  return given as unknown as GraphEffect;
}

/** No faults yet. */
export function graphFaults(): GraphFaults {
  let armed: { fault: GraphFault; left: number }[] = [];
  return {
    add(fault) {
      armed.push({ fault, left: fault.times ?? 1 });
    },
    clear() {
      armed = [];
    },
    take(call) {
      const found = armed.find(({ fault }) => fault.matches?.test(call) ?? true);
      if (!found) return undefined;
      found.left -= 1;
      if (found.left <= 0) armed = armed.filter((one) => one !== found);
      return found.fault.effect;
    },
  };
}

/** What stands in for the call altogether; undefined when it is carried out first. */
export function insteadOf(effect: GraphEffect | undefined): GraphAnswer | undefined {
  if (effect?.kind !== 'status') return undefined;
  const headers = effect.retryAfter === undefined ? {} : { 'retry-after': effect.retryAfter };
  if (effect.text !== undefined) return { status: effect.status, headers, body: effect.text };
  const code = effect.code ?? (effect.status === 429 ? 'TooManyRequests' : 'UnknownError');
  return { status: effect.status, headers, body: { error: { code, message: `Refused on demand: ${effect.status}.` } } };
}

/** What becomes of the answer. */
export function spoil(answer: GraphAnswer, effect: GraphEffect | undefined, self: string): GraphAnswer {
  if (!effect || effect.kind === 'status') return answer;
  if (effect.kind === 'lost') return { ...answer, fate: effect.fate };
  if (answer.body === undefined || typeof answer.body === 'string') return answer;
  switch (effect.kind) {
    case 'half-body': {
      const text = JSON.stringify(answer.body);
      return { ...answer, body: text.slice(0, text.length / 2) };
    }
    case 'incomplete': {
      const { value: _, responses, ...rest } = answer.body;
      return { ...answer, body: Array.isArray(responses) ? { ...rest, responses: responses.slice(1) } : rest };
    }
    case 'endless':
      return { ...answer, body: { ...answer.body, '@odata.nextLink': self } };
    case 'foreign-link':
      return { ...answer, body: { ...answer.body, ...foreignLinks(answer.body, effect.host) } };
    default:
      return effect satisfies never;
  }
}

function foreignLinks(body: Readonly<Record<string, unknown>>, host: string): Record<string, string> {
  const links = Object.entries(body).filter(([name]) => name === '@odata.nextLink' || name === '@odata.deltaLink');
  return Object.fromEntries(
    links.map(([name, link]) => {
      const url = new URL(String(link));
      return [name, `https://${host}${url.pathname}${url.search}`];
    }),
  );
}
