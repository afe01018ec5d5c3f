// The script that administrators run today, to compare with: list mailboxes and devices, then Get-MobileDeviceStatistics for each mailbox that
// has a device, in a loop. It gets every advantage: no start of PowerShell, one kept connection, no statistics where the list shows no device.
import type { BenchTenant } from './bench-tenant.ts';
import { createCmdletClient, rowsIn, type CmdletClient } from './cmdlet-client.ts';

/** What a script learnt and what that cost. */
export interface ScriptCost {
  readonly mailboxes: number;
  readonly devices: number;
  readonly mailboxesWithDevices: number;
  /** Both lists. */
  readonly inventoryMs: number;
  readonly inventoryRequests: number;
  /** Of the loop: how many mailboxes it read, in which time. */
  readonly read: number;
  readonly loopMs: number;
  /** Mailboxes for which the tenant answered with an error; some of its people are there for that. A script goes on. */
  readonly refused: number;
}

export interface ScriptOptions {
  /** Loops at a time: one, or as many as Exchange lets a caller have. */
  readonly parallel: number;
  /** Read no more mailboxes than this; what is left would take as long for each. */
  readonly most: number;
}

const EVERYTHING = { ResultSize: 'Unlimited' };

interface Inventory {
  readonly mailboxes: number;
  readonly devices: number;
  readonly withDevices: readonly string[];
  readonly requests: number;
}

async function takeInventory(client: CmdletClient): Promise<Inventory> {
  const withDevices: string[] = [];
  let mailboxes = 0;
  let devices = 0;
  const mailboxPages = await client.list('Get-CASMailbox', EVERYTHING, (page) => {
    for (const row of rowsIn(page)) {
      mailboxes += 1;
      if (row['HasActiveSyncDevicePartnership'] === true) withDevices.push(String(row['Guid']));
    }
  });
  const devicePages = await client.list('Get-MobileDevice', EVERYTHING, (page) => void (devices += rowsIn(page).length));
  return { mailboxes, devices, withDevices, requests: mailboxPages + devicePages };
}

async function readStatistics(client: CmdletClient, mailbox: string): Promise<boolean> {
  try {
    await client.list('Get-MobileDeviceStatistics', { Mailbox: mailbox }, rowsIn);
    return true;
  } catch (error) {
    if (error instanceof Error && /: (?:4|5)\d\d /.test(error.message)) return false;
    throw error;
  }
}

/** At most so many, from everywhere in the list. */
function evenly<T>(values: readonly T[], most: number): T[] {
  const step = Math.max(1, values.length / most);
  return values.filter((_, index) => Math.floor(index / step) !== Math.floor((index - 1) / step));
}

/** Runs the script against a tenant. */
export async function runScript({ connection }: Pick<BenchTenant, 'connection'>, { parallel, most }: ScriptOptions): Promise<ScriptCost> {
  const client = await createCmdletClient({ connection });
  try {
    const startedMs = performance.now();
    const inventory = await takeInventory(client);
    const inventoryMs = performance.now() - startedMs;
    const chosen = evenly(inventory.withDevices, most);
    const waiting = chosen.values();
    let refused = 0;
    const loop = async (): Promise<void> => {
      for (const mailbox of waiting) if (!(await readStatistics(client, mailbox))) refused += 1;
    };
    const loopMs = performance.now();
    await Promise.all(Array.from({ length: parallel }, loop));
    return {
      mailboxes: inventory.mailboxes,
      devices: inventory.devices,
      mailboxesWithDevices: inventory.withDevices.length,
      inventoryMs,
      inventoryRequests: inventory.requests,
      read: chosen.length,
      refused,
      loopMs: performance.now() - loopMs,
    };
  } finally {
    client.close();
  }
}

/** How long the whole script takes, what it did not read included. */
export function wholeMs({ inventoryMs, loopMs, read, mailboxesWithDevices }: ScriptCost): number {
  return inventoryMs + (loopMs / Math.max(1, read)) * mailboxesWithDevices;
}
