// An answer of Exchange as text and JSON, whatever its encoding says, and the envelope of a successful one.
// Refusals may come as NUL bytes: unlabelled, labelled gzip but not compressed, or really compressed. All keep their status.
import { gunzipSync } from 'node:zlib';
import { isObject } from '../row-reader.ts';
import type { JsonObject } from '../row-reader.ts';
import type { WireAnswer } from './wire.ts';

/** An answer whose body was decoded as far as it could be. */
export interface Answer {
  readonly status: number;
  readonly header: (name: string) => string | undefined;
  /** Without NULs; empty when there was nothing else. */
  readonly text: string;
  /** Undefined when the body is no JSON object. */
  readonly json: JsonObject | undefined;
}

/** What a successful answer holds. */
export interface Envelope {
  readonly rows: readonly unknown[];
  /** Rows are null or left out, which public clients take for none. */
  readonly lacksRows: boolean;
  readonly warnings: readonly string[];
  /** Where the next page is; undefined on the last page. */
  readonly nextLink: string | undefined;
  /** There is a next link, but nothing in it; Exchange usually leaves it out on the last page. */
  readonly isLinkBlank: boolean;
}

const LARGEST_TEXT_BYTES = 256 * 1024 * 1024;

/** Decodes an answer. */
export function readAnswer(answer: WireAnswer): Answer {
  const text = decompress(answer.body)
    .toString('utf8')
    .replace(/^\uFEFF/, '');
  const readable = text.startsWith('\0') ? text.replaceAll('\0', '') : text;
  return { status: answer.status, header: answer.header, text: readable, json: parseObject(readable) };
}

/** By the bytes, not by the header: we ask for no encoding, and the header is wrong on some refusals. */
function decompress(body: Buffer): Buffer {
  if (body[0] !== 0x1f || body[1] !== 0x8b) return body;
  try {
    return gunzipSync(body, { maxOutputLength: LARGEST_TEXT_BYTES });
  } catch {
    // Cut off or not gzip after all: an unreadable body, which the status and the missing JSON then say.
    return body;
  }
}

function parseObject(text: string): JsonObject | undefined {
  if (!/^\s*\{/.test(text)) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/**
 * The envelope of a successful answer; undefined when it has none. An object that shows no sign of an envelope is not "no rows":
 * it would read as an empty organization.
 */
export function readEnvelope(json: JsonObject | undefined): Envelope | undefined {
  if (json === undefined || 'error' in json || hasErrors(json)) return undefined;
  if (!('value' in json) && !('@odata.context' in json)) return undefined;
  const rows = json['value'] ?? [];
  const link = json['@odata.nextLink'] ?? '';
  if (!Array.isArray(rows) || typeof link !== 'string') return undefined;
  const warnings = json['@adminapi.warnings'];
  const isBlank = link.trim() === '';
  return {
    rows,
    lacksRows: (json['value'] ?? null) === null,
    warnings: Array.isArray(warnings) ? warnings.filter((warning) => typeof warning === 'string') : [],
    nextLink: isBlank ? undefined : link,
    isLinkBlank: isBlank && '@odata.nextLink' in json,
  };
}

/**
 * Whether the last page says that it is not all: `There are more results available than are currently displayed…` names ResultSize.
 * Together with a link to the rest it says nothing new.
 */
export function isTruncated({ nextLink, warnings }: Envelope): boolean {
  return nextLink === undefined && warnings.some((warning) => /more results available|ResultSize/i.test(warning));
}

/** The PowerShell module reads errors from this member of an answer that is otherwise a success. */
function hasErrors(json: JsonObject): boolean {
  const errors = json['@adminapi.errors'];
  return Array.isArray(errors) && errors.length > 0;
}
