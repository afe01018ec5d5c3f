// The extra trigger metadata that the host takes out of a JSON object given to a trigger: each top-level member by its name.
// Truth: conformance cases queue-json and activity-inputs.
import type { TypedData } from './protocol.ts';

function memberData(value: unknown): TypedData {
  if (typeof value === 'object') return { json: JSON.stringify(value) };
  if (typeof value === 'boolean') return { string: value ? 'True' : 'False' };
  return { string: typeof value === 'string' ? value : JSON.stringify(value) };
}

/** Members of `text` when it is a JSON object, without those that are null or arrays; else nothing. */
export function bindingData(text: string): Record<string, TypedData> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return {};
  }
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return {};
  const members = Object.entries(value).filter(([, member]) => member !== null && member !== undefined && !Array.isArray(member));
  return Object.fromEntries(members.map(([name, member]) => [name, memberData(member)]));
}
