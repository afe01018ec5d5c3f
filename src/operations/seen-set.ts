// Which objects a long list told, so that what it did not tell can be found at its end. The sets of a run hold GUIDs, whatever those name.
import { parseDeviceGuid } from '../domain/device-identity.ts';
import type { DiscoveryFiles, RunKey } from '../domain/discovery-files-port.ts';

/** Takes ids of mailboxes or users. */
export interface SeenWriter {
  add(ids: readonly string[]): void;
  finish(): Promise<number>;
}

/** Writes the ids down under a name. */
export function seenWriter(files: DiscoveryFiles, key: RunKey, name: string): SeenWriter {
  const writer = files.setWriter(key, name);
  return {
    add: (ids) => writer.add(ids.map(parseDeviceGuid).filter((id) => id !== undefined)),
    finish: () => writer.finish(),
  };
}

/** Whether one of the sets has the id. A set that is not there has none. */
export async function openSeen(files: DiscoveryFiles, key: RunKey, names: readonly string[]): Promise<(id: string) => boolean> {
  const sets = await Promise.all(names.map((name) => files.set(key, name)));
  return (text) => {
    const id = parseDeviceGuid(text);
    return id !== undefined && sets.some((set) => set?.has(id));
  };
}
