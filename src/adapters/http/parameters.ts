// Parameters that several routes share. In a query every value is a text, so numbers are read from texts of digits and nothing else.
import * as z from 'zod';
import { parseDeviceGuid } from '../../domain/device-identity.ts';
import type { DeviceGuid } from '../../domain/device-identity.ts';
import { parseInstant } from '../../domain/instant.ts';
import { parseOrganizationId } from '../../domain/organization.ts';
import type { OrganizationId } from '../../domain/organization.ts';
import { startOfRun } from '../../domain/run.ts';

/** A text that `parse` makes an id of. */
export function idFrom<Id extends string>(parse: (text: string) => Id | undefined, message: string): z.ZodType<Id, string> {
  return z.string().transform((text, context) => {
    const id = parse(text);
    if (id !== undefined) return id;
    context.addIssue({ code: 'custom', message });
    return z.NEVER;
  });
}

const guid = { type: 'string', format: 'uuid' } as const;

/** The tenant id of an organization. */
export const OrganizationParameter: z.ZodType<OrganizationId, string> = idFrom(
  parseOrganizationId,
  'Not the tenant id of an organization: a GUID.',
).meta({ ...guid, description: 'The tenant id of the organization.' });

/** The Guid of a device. */
export const DeviceParameter: z.ZodType<DeviceGuid, string> = idFrom(parseDeviceGuid, 'Not the id of a device: a GUID.').meta({
  ...guid,
  description: 'The id of the device: the Guid by which Exchange knows it.',
});

const isRunId = (text: string): string | undefined => (startOfRun(text) === undefined ? undefined : text);

/** The id of a run. */
export const RunParameter: z.ZodType<string, string> = idFrom(isRunId, 'Not the id of a run.').meta({
  type: 'string',
  description: 'The id of the run.',
});

/** The id of a collection. Which texts are one is decided where it is looked for, so that none looks more missing than another. */
export const CollectionParameter = z
  .string()
  .min(1)
  .max(100)
  .meta({ description: 'The id of the collection: a GUID, or all-mobile-devices.' });

/** A whole number in a query. */
export function queryNumber(least: number, most: number, description: string): z.ZodType<number, string> {
  const read = z
    .string()
    .regex(/^\d{1,9}$/, 'Not a whole number.')
    .transform(Number)
    .pipe(z.int().min(least, `Less than ${least}.`).max(most, `More than ${most}.`));
  return read.meta({ type: 'integer', minimum: least, maximum: most, description });
}

/** How many values a page has. */
export function topParameter(most: number, usual: number): z.ZodType<number, string | undefined> {
  return queryNumber(1, most, `How many values to answer at most; left out, ${usual}.`)
    .optional()
    .transform((top) => top ?? usual);
}

/** A moment in a query, in any zone that it names. */
export function timeParameter(description: string): z.ZodType<string, string> {
  return z
    .string()
    .transform((text, context) => {
      const instant = parseInstant(text);
      if (instant !== undefined) return instant;
      context.addIssue({ code: 'custom', message: 'Not a time like 2026-03-01T06:30:00Z, with its zone.' });
      return z.NEVER;
    })
    .meta({ type: 'string', format: 'date-time', description });
}

/** A text of people's making in a query. */
export function queryText(description: string, most = 256): z.ZodString {
  return z.string().min(1, 'Empty.').max(most, `Longer than ${most} characters.`).meta({ description });
}

/** Where a list goes on: part of a nextLink. */
export const Continuation = queryText('Where the list goes on. Part of the nextLink of an answer; not to be made up.', 8192).optional();
