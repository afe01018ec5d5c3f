// The success envelope of InvokeCommand as text, from rows that are JSON already. As public clients' fixtures have it.
import type { TenantAnswer } from '../server/route.ts';
import { jsonText } from './columns.ts';

const JSON_TYPE = 'application/json;odata.metadata=minimal;odata.streaming=true;IEEE754Compatible=false;charset=utf-8';

/** The parts of an answer. Null and absent members never occur unless a drift is armed. */
export interface Envelope {
  /** `…/$metadata#Collection(…)`. */
  readonly context: string;
  readonly warnings: readonly string[];
  readonly nextLink?: string | null;
  readonly rows: readonly string[] | null | undefined;
  /** Further members, as JSON. */
  readonly extra?: string;
}

export function envelopeText({ context, warnings, nextLink, rows, extra }: Envelope): string {
  const members = [
    `"@odata.context":${JSON.stringify(context)}`,
    '"adminapi.warnings@odata.type":"#Collection(String)"',
    `"@adminapi.warnings":[${warnings.map(jsonText).join(',')}]`,
  ];
  if (nextLink !== undefined) members.push(`"@odata.nextLink":${JSON.stringify(nextLink)}`);
  if (extra) members.push(extra);
  if (rows !== undefined) members.push(rows === null ? '"value":null' : `"value":[${rows.join(',')}]`);
  return `{${members.join(',')}}`;
}

/** An answer with Exchange's headers. */
export function exchangeAnswer(status: number, body: string, headers: Readonly<Record<string, string>> = {}): TenantAnswer {
  return { status, headers: { 'content-type': JSON_TYPE, 'odata-version': '4.0', ...headers }, body };
}
