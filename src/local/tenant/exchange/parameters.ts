// What callers send as Parameters, read the way the service does: names in any case, switches in three spellings, enum prefixes,
// and the multi-valued forms (replace, or add and remove). Unknown names are refused as the service refuses them.
// As public clients send them; https://learn.microsoft.com/powershell/exchange/ has the types.
import { errors } from './exchange-error.ts';

/** How a parameter's value is read. */
export type ParameterKind = 'text' | 'switch' | 'bool' | 'list' | 'int' | 'size' | 'span' | { readonly choices: readonly string[] };

export type ParameterTable = Readonly<Record<string, ParameterKind>>;

/** An edit of a multi-valued property. */
export type ListEdit = { readonly replace: readonly string[] } | { readonly add: readonly string[]; readonly remove: readonly string[] };

const COMMON: ParameterTable = {
  Confirm: 'switch',
  WhatIf: 'switch',
  ErrorAction: 'text',
  WarningAction: 'text',
  Verbose: 'switch',
  Debug: 'switch',
};

const SPAN = /^(?:\d+\.)?\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?$/;

/** The parameters of one call, checked against the table of its cmdlet. */
export class Parameters {
  private readonly values = new Map<string, { readonly value: unknown; readonly kind: ParameterKind; readonly name: string }>();

  constructor(table: ParameterTable, given: Readonly<Record<string, unknown>>) {
    const known = new Map(Object.entries({ ...COMMON, ...table }).map(([name, kind]) => [name.toLowerCase(), { name, kind }]));
    const unknown = Object.keys(given).filter((name) => !name.includes('@odata') && !known.has(name.toLowerCase()));
    if (unknown.length > 0) throw errors.parameterSet(unknown);
    for (const [name, value] of Object.entries(given)) {
      const entry = known.get(name.toLowerCase());
      if (entry) this.values.set(name.toLowerCase(), { ...entry, value });
    }
  }

  /** Names as the cmdlet spells them, of everything that was sent, nulls included. */
  names(): string[] {
    return [...this.values.values()].map(({ name }) => name);
  }

  /** Whether the caller named it, be it with null. */
  has(name: string): boolean {
    return this.values.has(name.toLowerCase());
  }

  isNull(name: string): boolean {
    const entry = this.values.get(name.toLowerCase());
    return entry !== undefined && (entry.value === null || entry.value === '');
  }

  text(name: string): string | undefined {
    const value = this.value(name);
    if (value === undefined) return undefined;
    if (typeof value === 'string') return value;
    if (typeof value === 'number' || typeof value === 'boolean') return String(value);
    throw errors.transformation(name, value, 'a text is expected.');
  }

  required(name: string): string {
    const text = this.text(name);
    if (text === undefined || text === '') throw errors.missing(name);
    return text;
  }

  /** A switch or bool; undefined when it was not sent. */
  flag(name: string): boolean | undefined {
    const value = this.value(name);
    if (value === undefined) return undefined;
    const plain = isRecord(value) && 'IsPresent' in value ? value['IsPresent'] : value;
    if (typeof plain === 'boolean') return plain;
    const match = typeof plain === 'string' ? /^\$?(true|false)$/i.exec(plain) : null;
    if (!match) throw errors.transformation(name, value, 'true or false is expected.');
    return match[1]?.toLowerCase() === 'true';
  }

  integer(name: string, min: number, max: number): number | undefined {
    const value = this.value(name);
    if (value === undefined) return undefined;
    const number = Number(value);
    if (!Number.isInteger(number)) throw errors.transformation(name, value, 'a whole number is expected.');
    if (number < min || number > max) throw errors.validation(`The value ${number} of ${name} is not between ${min} and ${max}.`);
    return number;
  }

  /** A count or `Unlimited` (Infinity). */
  size(name: string): number | undefined {
    const value = this.value(name);
    if (value === undefined) return undefined;
    if (typeof value === 'string' && /^unlimited$/i.test(value)) return Infinity;
    const number = Number(value);
    if (!Number.isInteger(number) || number < 1) throw errors.transformation(name, value, 'a whole number or Unlimited is expected.');
    return number;
  }

  /** A time span as Exchange writes it, or `Unlimited`. */
  span(name: string): string | undefined {
    const text = this.text(name);
    if (text === undefined) return undefined;
    if (/^unlimited$/i.test(text)) return 'Unlimited';
    if (!SPAN.test(text)) throw errors.transformation(name, text, 'a time span such as 00:15:00 is expected.');
    return text;
  }

  /** One of the choices of its table; an unambiguous beginning is enough, in any case. */
  choice(name: string): string | undefined {
    const text = this.text(name);
    const kind = this.values.get(name.toLowerCase())?.kind;
    if (text === undefined || typeof kind !== 'object') return text;
    const exact = kind.choices.find((choice) => choice.toLowerCase() === text.toLowerCase());
    if (exact) return exact;
    const [only, another] = kind.choices.filter((choice) => text !== '' && choice.toLowerCase().startsWith(text.toLowerCase()));
    if (!only || another) throw errors.transformation(name, text, `one of these is expected: ${kind.choices.join(', ')}.`);
    return only;
  }

  list(name: string): ListEdit | undefined {
    const value = this.value(name);
    if (value === undefined) return undefined;
    if (!isRecord(value)) return { replace: texts(name, value) };
    const edit = { add: [] as string[], remove: [] as string[] };
    for (const [key, part] of Object.entries(value)) {
      const side = key.toLowerCase();
      if (side === 'add' || side === 'remove') edit[side] = texts(name, part);
      else if (!key.includes('@odata')) throw errors.transformation(name, value, 'add and remove are expected.');
    }
    return edit;
  }

  /** As sent, for the write log. */
  raw(): Record<string, unknown> {
    return Object.fromEntries([...this.values.values()].map(({ name, value }) => [name, value]));
  }

  private value(name: string): unknown {
    return this.values.get(name.toLowerCase())?.value ?? undefined;
  }
}

/** The list after an edit; ids keep the spelling they came with. */
export function editList(current: readonly string[], edit: ListEdit): string[] {
  if ('replace' in edit) return [...new Map(edit.replace.map((text) => [text.toLowerCase(), text])).values()];
  const removed = new Set(edit.remove.map((text) => text.toLowerCase()));
  const kept = current.filter((text) => !removed.has(text.toLowerCase()));
  const known = new Set(kept.map((text) => text.toLowerCase()));
  for (const text of edit.add) {
    if (known.has(text.toLowerCase())) continue;
    known.add(text.toLowerCase());
    kept.push(text);
  }
  return kept;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function texts(name: string, value: unknown): string[] {
  const values: unknown[] = Array.isArray(value) ? value : [value];
  return values.map((one) => {
    if (typeof one !== 'string') throw errors.transformation(name, one, 'texts are expected.');
    return one;
  });
}
