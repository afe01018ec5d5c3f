// What faults do to an answer that would have been right. Pure functions over the envelope; faults.ts names them.
import { envelopeText, exchangeAnswer, type Envelope } from './exchange/envelope.ts';
import type { FaultContext } from './fault-types.ts';
import type { TenantAnswer } from './server/route.ts';

export type Spoiler = (envelope: Envelope, context: FaultContext) => Envelope | TenantAnswer;

export const MORE_RESULTS =
  'There are more results available than are currently displayed. To view them, increase the value for the ResultSize parameter.';

function withoutLink({ context, warnings, rows }: Envelope): Envelope {
  return { context, warnings, rows };
}

function firstHalf(envelope: Envelope): Envelope {
  const rows = envelope.rows ?? [];
  return { ...withoutLink(envelope), rows: rows.slice(0, Math.ceil(rows.length / 2)) };
}

export const warnOfMore: Spoiler = (envelope) => ({ ...envelope, warnings: [...envelope.warnings, MORE_RESULTS] });

export const cutList: Spoiler = (envelope) => ({ ...firstHalf(envelope), warnings: [...envelope.warnings, MORE_RESULTS] });

export const cutSilently: Spoiler = firstHalf;

export const endless: Spoiler = (envelope, { origin, target }) => ({ ...envelope, nextLink: `${origin}${target}` });

/** The cursor stays good, only the host is wrong: a client that follows it sends its token there. */
export const foreignLink: Spoiler = (envelope, { argument, target }) => {
  const link = envelope.nextLink ? new URL(envelope.nextLink) : undefined;
  return { ...envelope, nextLink: `https://${argument}${link ? `${link.pathname}${link.search}` : target}` };
};

export const extraMembers: Spoiler = (envelope) => ({
  ...envelope,
  extra: '"@adminapi.brandnew":1,"brandNew":{"nested":[true]}',
  rows: envelope.rows?.map(
    (row) => `${row.slice(0, -1)}${row === '{}' ? '' : ','}"BrandNewProperty":{"x":[1]},"BrandNewProperty@odata.type":"#Exchange.New"}`,
  ),
});

/** Fields that a row cannot be told apart without are left alone. */
const KEPT = /^(Guid|ExchangeObjectId|Identity)$/;

function editRows(envelope: Envelope, edit: (row: Record<string, unknown>, name: string, position: number) => void): Envelope {
  const rows = envelope.rows?.map((text, rowPosition) => {
    const row = JSON.parse(text) as Record<string, unknown>;
    const names = Object.keys(row).filter((name) => !name.includes('@') && !KEPT.test(name));
    for (const [position, name] of names.entries()) if ((position + rowPosition) % 3 === 0) edit(row, name, position);
    return JSON.stringify(row);
  });
  return { ...envelope, rows };
}

export const missingFields: Spoiler = (envelope) =>
  editRows(envelope, (row, name) => {
    for (const key of [name, `${name}@data.type`, `${name}@odata.type`]) Reflect.deleteProperty(row, key);
  });

export const blankFields: Spoiler = (envelope) => editRows(envelope, (row, name) => void (row[name] = ''));

const ODD_VALUES: readonly unknown[] = [0, [], {}, true, 'not what you expect', ['x', 1]];

export const mistypedFields: Spoiler = (envelope) =>
  editRows(envelope, (row, name, position) => void (row[name] = ODD_VALUES[position % ODD_VALUES.length]));

/** Strikes the answers of writes only. */
export function onWrites(answer: TenantAnswer): Spoiler {
  return (envelope, { isWrite }) => (isWrite ? answer : envelope);
}

export const cutConnection: Spoiler = (envelope) => ({ ...exchangeAnswer(200, envelopeText(envelope)), fate: 'cut' });

export const halfBody: Spoiler = (envelope) => {
  const text = envelopeText(envelope);
  return exchangeAnswer(200, text.slice(0, Math.floor(text.length / 2)));
};
