// Forms that answers of several routes share.
import * as z from 'zod';
import type { ApiAnswer } from './route.ts';

/** A moment in UTC with milliseconds. */
export const Time = z.iso.datetime();
export const Guid = z.guid();

/** Where in a request something is wrong, and what. */
const FaultView = z
  .strictObject({
    pointer: z.string().meta({ description: 'A JSON Pointer as a URI fragment: the field or parameter.' }),
    in: z.enum(['path', 'query', 'header']).optional().meta({ description: 'What the pointer points into; left out, the body.' }),
    detail: z.string(),
  })
  .meta({ id: 'Fault' });

/** Every answer that is a refusal or a failure: RFC 9457. */
export const ProblemView = z
  .strictObject({
    type: z.literal('about:blank'),
    title: z.string(),
    status: z.int(),
    detail: z.string().meta({ description: 'What is wrong and the cure, for people. May change.' }),
    code: z.string().meta({ description: 'What is wrong, for programs. Never changes.' }),
    requestId: z.string().meta({ description: 'Names the request in the log.' }),
    errors: z.array(FaultView).optional(),
  })
  .meta({ id: 'Problem' });

/** A page of a list. */
export function listOf<T extends z.ZodType>(value: T): z.ZodObject<{ value: z.ZodArray<T>; nextLink: z.ZodOptional<z.ZodString> }> {
  return z.strictObject({
    value: z.array(value),
    nextLink: z
      .string()
      .optional()
      .meta({ description: 'Where the list goes on, relative to this app; left out at its end. Good for a day, for the same caller.' }),
  });
}

/** The header that an answer names a version by. */
export const etagHeader = { ETag: 'The version, for If-Match.' } as const;

/** What a route answers with 200. */
export function answerOk(description: string, schema: z.ZodType, headers: Readonly<Record<string, string>> = {}): ApiAnswer {
  return { description, schema, headers };
}
