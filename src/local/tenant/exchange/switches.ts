// How the simulated Exchange behaves where nobody knows for sure, or where a test wants another possibility. One table: names, values, meaning.
// Unlike faults these are states, not accidents; every default is the likeliest behaviour (differences.md says how sure it is).
import { ERROR_SHAPES, type ErrorShape } from './exchange-error.ts';

const REFUSALS = ['json', 'nul-plain', 'nul-gzip', 'nul-valid-gzip', 'diagnostics', 'role-definition'] as const;

/** How a caller learns that its roles lack a cmdlet. */
export type Refusal = (typeof REFUSALS)[number];

const PAGING = ['same-anchor', 'anchor', 'cookie', 'free', 'never'] as const;

/** What a continuation must bring along. */
export type Paging = (typeof PAGING)[number];

export interface ExchangeSwitches {
  /** Rows in a page, whatever a caller prefers beyond it. */
  readonly pageSize: number;
  /** `same-anchor`: the anchor of page 1, which may be none; `anchor`, `cookie`: must be there and be the same; `never`: no link ever works. */
  readonly paging: Paging;
  /** Life of a link. */
  readonly cursorMinutes: number;
  readonly errorShape: ErrorShape;
  /** Status of "not found": 400, 404 or 500. */
  readonly notFoundStatus: number;
  readonly cmdletRefusal: Refusal;
  /** The 403 of a caller without any role. */
  readonly roleRefusal: Refusal;
  /** A get with an Identity that does not exist answers every object, as the documentation warns, instead of an error. */
  readonly unknownIdentityReturnsAll: boolean;
  /** JSON null empties a multi-valued property. */
  readonly nullClears: boolean;
  /** An empty array empties a multi-valued property. */
  readonly emptyListClears: boolean;
  /** -Cancel takes back an account-only wipe only together with -AccountOnly. */
  readonly cancelNeedsAccountOnly: boolean;
  /** Longest batch. */
  readonly batchLimit: number;
  /** Host and port that redirects name; empty for this server's other loopback name. */
  readonly regionalHost: string;
}

type SwitchKind = 'number' | 'boolean' | 'text' | readonly string[];

interface SwitchDefinition {
  readonly initial: ExchangeSwitches[keyof ExchangeSwitches];
  readonly kind: SwitchKind;
  readonly text: string;
}

/** Every switch with its default and what it does. */
export const EXCHANGE_SWITCHES: Readonly<Record<keyof ExchangeSwitches, SwitchDefinition>> = {
  pageSize: { initial: 1000, kind: 'number', text: 'Most rows in a page' },
  paging: { initial: 'same-anchor', kind: PAGING, text: 'What page 2 must bring along' },
  cursorMinutes: { initial: 30, kind: 'number', text: 'Minutes until a next link expires' },
  errorShape: { initial: 'full', kind: ERROR_SHAPES, text: 'How error texts are wrapped' },
  notFoundStatus: { initial: 400, kind: 'number', text: 'Status of "not found" (400, 404 or 500)' },
  cmdletRefusal: { initial: 'json', kind: REFUSALS, text: 'Form of "your roles lack this cmdlet"' },
  roleRefusal: { initial: 'nul-gzip', kind: REFUSALS, text: 'Form of "you have no role at all"' },
  unknownIdentityReturnsAll: { initial: false, kind: 'boolean', text: 'An unknown Identity returns every object' },
  nullClears: { initial: true, kind: 'boolean', text: 'JSON null empties a multi-valued property' },
  emptyListClears: { initial: false, kind: 'boolean', text: 'An empty array empties a multi-valued property' },
  cancelNeedsAccountOnly: { initial: false, kind: 'boolean', text: 'Cancel of an account-only wipe needs AccountOnly' },
  batchLimit: { initial: 10, kind: 'number', text: 'Most items in a batch' },
  regionalHost: { initial: '', kind: 'text', text: 'Host that redirects name (empty: the other loopback name)' },
};

/** All switches at their defaults. */
export function defaultSwitches(): ExchangeSwitches {
  const entries = Object.entries(EXCHANGE_SWITCHES).map(([name, { initial }]) => [name, initial]);
  return Object.fromEntries(entries);
}

/** The switches after setting some by name; unknown names and impossible values throw a RangeError that says what is possible. */
export function setSwitches(current: ExchangeSwitches, changes: Readonly<Record<string, unknown>>): ExchangeSwitches {
  const next: Record<string, unknown> = { ...current };
  for (const [name, value] of Object.entries(changes)) {
    const definition = Object.entries(EXCHANGE_SWITCHES).find(([known]) => known === name)?.[1];
    if (!definition) throw new RangeError(`There is no switch "${name}". There are: ${Object.keys(EXCHANGE_SWITCHES).join(', ')}.`);
    next[name] = readSwitch(name, definition.kind, value);
  }
  // Every member was there before or went through readSwitch.
  return next as unknown as ExchangeSwitches;
}

function readSwitch(name: string, kind: SwitchKind, value: unknown): unknown {
  if (kind === 'number') {
    const number = Number(value);
    if (!Number.isInteger(number) || number < 1) throw new RangeError(`${name} is a whole number above 0, not ${JSON.stringify(value)}.`);
    return number;
  }
  if (kind === 'boolean') {
    if (value === true || value === 'true') return true;
    if (value === false || value === 'false') return false;
    throw new RangeError(`${name} is true or false, not ${JSON.stringify(value)}.`);
  }
  if (typeof value !== 'string') throw new RangeError(`${name} is a text, not ${JSON.stringify(value)}.`);
  if (kind !== 'text' && !kind.includes(value)) throw new RangeError(`${name} is one of ${kind.join(', ')}, not "${value}".`);
  return value;
}
