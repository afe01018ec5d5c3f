// From a stored message to what a function is given: its content, and the trigger metadata with the message's own members.
// Shapes as recorded from the real host (conformance cases queue-json, queue-text, queue-admin-run) and read in azure-functions-host, src/WebJobs.Script/Utility.cs, ApplyBindingData.
import type { DequeuedMessageItem } from '@azure/storage-queue';
import type { Binding, TypedData } from '../protocol.ts';
import type { QueueOptions } from './queue-options.ts';

type Metadata = Record<string, TypedData>;
type Encoding = QueueOptions['messageEncoding'];

/** .NET's largest time, which a message that was never in a queue shows. */
const NO_TIME = '9999-12-31T23:59:59.9999999+00:00';

/** The content of a stored message; undefined when it is not in the encoding it should be in. */
export function decodeMessage(stored: string, encoding: Encoding): Buffer | undefined {
  if (encoding === 'none') return Buffer.from(stored, 'utf8');
  const text = stored.replaceAll(/\s/g, '');
  return text.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(text) ? Buffer.from(text, 'base64') : undefined;
}

/** What is stored for a content; with encoding `none` it has to be text. */
export function encodeMessage(content: string | Uint8Array, encoding: Encoding): string {
  const bytes = Buffer.from(content as Uint8Array);
  return bytes.toString(encoding === 'none' ? 'utf8' : 'base64');
}

/** What the function is given as its message: text, or bytes when its trigger says `dataType: 'binary'`. */
export function messageData(content: Buffer, trigger: Binding): TypedData {
  const { dataType } = trigger;
  return typeof dataType === 'string' && dataType.toLowerCase() === 'binary' ? { bytes: content } : { string: content.toString('utf8') };
}

const isoTime = (time: Date): string => time.toISOString().replace('.000Z', '+00:00').replace('Z', '+00:00');

/** Newtonsoft.Json reads ISO times in JSON as dates, and the host writes them back in .NET's invariant format. */
function asDotNetText(text: string): string {
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)?$/.test(text)) return text;
  const utcMs = Date.parse(/(?:Z|[+-]\d\d:\d\d)$/.test(text) ? text : `${text}Z`);
  if (Number.isNaN(utcMs)) return text;
  const [date = '', time = ''] = new Date(utcMs).toISOString().split('T');
  const [year, month, day] = date.split('-');
  return `${month}/${day}/${year} ${time.slice(0, 8)}`;
}

/** Text, boolean and number members as .NET prints them, objects as JSON; lists and nulls are left out. */
function memberData(value: unknown): TypedData | undefined {
  switch (typeof value) {
    case 'string':
      return { string: asDotNetText(value) };
    case 'number':
      return { string: String(value) };
    case 'boolean':
      return { string: value ? 'True' : 'False' };
    case 'object':
      return value === null || Array.isArray(value) ? undefined : { json: JSON.stringify(value) };
    default:
      return undefined;
  }
}

function addMembers(metadata: Metadata, text: string): Metadata {
  let message: unknown;
  try {
    message = JSON.parse(text);
  } catch {
    return metadata;
  }
  if (message === null || typeof message !== 'object' || Array.isArray(message)) return metadata;
  for (const [name, value] of Object.entries(message)) {
    const data = memberData(value);
    // Names are compared without case: a member `id` replaces the message's `Id`.
    const existing = Object.keys(metadata).find((key) => key.toLowerCase() === name.toLowerCase());
    if (data) metadata[existing ?? name] = data;
  }
  return metadata;
}

/** Trigger metadata of a message taken from a queue. */
export function messageMetadata(message: DequeuedMessageItem, content: Buffer): Metadata {
  const text = content.toString('utf8');
  const time = (value: Date): TypedData => ({ json: JSON.stringify(isoTime(value)) });
  return addMembers(
    {
      QueueTrigger: { string: text },
      DequeueCount: { json: String(message.dequeueCount) },
      ExpirationTime: time(message.expiresOn),
      Id: { string: message.messageId },
      InsertionTime: time(message.insertedOn),
      NextVisibleTime: time(message.nextVisibleOn),
      PopReceipt: { string: message.popReceipt },
    },
    text,
  );
}

/** Trigger metadata of a run by hand: there is no stored message, so no id and no receipt. */
export function manualMetadata(triggerName: string, text: string, now: Date): Metadata {
  return addMembers(
    {
      QueueTrigger: { string: text },
      DequeueCount: { json: '0' },
      ExpirationTime: { json: JSON.stringify(NO_TIME) },
      InsertionTime: { json: JSON.stringify(isoTime(now)) },
      NextVisibleTime: { json: JSON.stringify(NO_TIME) },
      [triggerName]: { string: text },
    },
    text,
  );
}
