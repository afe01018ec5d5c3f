// Values on their way to Exchange, in the forms its REST endpoint takes for PowerShell's kinds.
// Replacing a multi-valued property by an array would drop what others added meanwhile, and an empty array clears nothing:
// lists are edited by adding and removing, so that this file has no form for replacing one.
import * as z from 'zod';
import type { ListEdit } from '../../domain/access.ts';

// A NUL or a line break in an id is an attack or a mistake; PowerShell would match something else than was meant.
const plain = /^[^\p{Cc}]*\S[^\p{Cc}]*$/u;

/** Text with something in it. */
export const Text = z.string().regex(plain, 'must not be blank nor hold control characters');

/**
 * The identity of an object. Blank, null or absent, Exchange would answer with every object there is:
 * https://learn.microsoft.com/powershell/module/exchangepowershell/get-mobiledevice ("Identity", caution).
 */
export const Identity = Text.max(1024);

const Entries = z.array(Text).min(1).readonly();

/** An edit of a multi-valued property that leaves every other entry alone. */
export const ListEditValue = z
  .strictObject({
    '@odata.type': z.literal('#Exchange.GenericHashTable'),
    add: Entries.exactOptional(),
    remove: Entries.exactOptional(),
  })
  .refine((edit) => edit.add !== undefined || edit.remove !== undefined, 'must add or remove something')
  .refine((edit) => !edit.add?.some((entry) => includesFolded(edit.remove, entry)), 'must not add and remove the same entry');

/** The first values of a multi-valued property of a new object. */
export const NewList = Entries;

function includesFolded(entries: readonly string[] | undefined, entry: string): boolean {
  return entries?.some((other) => other.toLowerCase() === entry.toLowerCase()) ?? false;
}

/** The wire form of an edit; undefined when it changes nothing. */
export function listEdit(edit: ListEdit | undefined): z.input<typeof ListEditValue> | undefined {
  const add = edit?.add ?? [];
  const remove = edit?.remove ?? [];
  if (add.length === 0 && remove.length === 0) return undefined;
  return {
    '@odata.type': '#Exchange.GenericHashTable',
    ...(add.length > 0 && { add }),
    ...(remove.length > 0 && { remove }),
  };
}

/** A time span as .NET reads it, `d.hh:mm:ss`. */
export function timeSpanText(seconds: number | 'unlimited'): string {
  if (seconds === 'unlimited') return 'Unlimited';
  const two = (value: number): string => String(value).padStart(2, '0');
  const minutes = Math.floor(seconds / 60);
  const hours = Math.floor(minutes / 60);
  const clock = `${two(hours % 24)}:${two(minutes % 60)}:${two(seconds % 60)}`;
  return hours < 24 ? clock : `${Math.floor(hours / 24)}.${clock}`;
}
