// What Exchange says inside an error body: the .NET type of the exception and its text, from any of the places it may stand in.
// Not what it means for us (exchange-errors.ts). Forms: reference "Errors" and the recorded answers of public clients.
import { isObject } from '../row-reader.ts';
import type { JsonObject } from '../row-reader.ts';
import type { Answer } from './answer.ts';

/** The exception that a cmdlet ended with. */
export interface ExchangeFault {
  /** .NET type name, for instance `…ManagementObjectNotFoundException`; blank when not said. */
  readonly type: string;
  /** Text as Exchange gave it; may name people and servers. */
  readonly text: string;
  /** OData's word, for instance `BadRequest`; blank when not said. */
  readonly code: string;
}

/** The fault in an answer's body. Plain text counts as text; HTML says nothing of the cmdlet. */
export function readFault(answer: Pick<Answer, 'json' | 'text'>): ExchangeFault {
  const error = member(answer.json, 'error');
  if (!isObject(error)) return { type: '', text: isHtml(answer.text) ? '' : answer.text.trim(), code: '' };
  const code = textOf(error, 'code');
  const inner = member(error, 'innererror');
  const internal = isObject(inner) ? member(inner, 'internalexception') : undefined;
  const detail = faultOfDetail(firstDetail(error));
  const found = isObject(internal) ? { type: textOf(internal, 'type'), text: textOf(internal, 'message') } : { type: '', text: '' };
  return {
    type: found.type || detail.type,
    text: found.text || detail.text || textOf(error, 'message'),
    code,
  };
}

/** A member by its name without regard to case: Exchange spells some both ways. */
function member(object: JsonObject | undefined, name: string): unknown {
  if (object === undefined) return undefined;
  const key = Object.keys(object).find((candidate) => candidate.toLowerCase() === name);
  return key === undefined ? undefined : object[key];
}

function textOf(object: JsonObject, name: string): string {
  const value = member(object, name);
  return typeof value === 'string' ? value.trim() : '';
}

function firstDetail(error: JsonObject): string {
  const details = member(error, 'details');
  const first: unknown = Array.isArray(details) ? details[0] : undefined;
  return isObject(first) ? textOf(first, 'message') : '';
}

/** Either JSON, or `Ex<hex>|<type>|<text>` with or without its first part, or text; a bar inside the text stays. */
function faultOfDetail(detail: string): { type: string; text: string } {
  const json = jsonOfDetail(detail);
  if (json) return { type: textOf(json, 'typename') || textOf(json, 'classname'), text: textOf(json, 'message') };
  const [, type = '', text = ''] = /^(?:Ex[0-9A-F]+)?\|([^|\s]*)\|(.*)$/s.exec(detail) ?? ['', '', detail];
  return { type, text: text.trim() };
}

function jsonOfDetail(detail: string): JsonObject | undefined {
  if (!detail.startsWith('{')) return undefined;
  try {
    const value: unknown = JSON.parse(detail);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isHtml(text: string): boolean {
  return /^\s*</.test(text);
}

/** The text for people: without the names of servers, which change from call to call, and of bearable length. */
export function withoutServerNames(text: string): string {
  return text.replaceAll(/\s+on '[^']*'/g, '').slice(0, 500);
}
