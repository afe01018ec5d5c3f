// An Azurite for the tests of one file. Its folder outlives it: without the folder it cannot save its blobs, and hangs.
import { after } from 'node:test';
import { startAzurite } from '../../src/local/launcher/azurite.ts';
import type { Azurite } from '../../src/local/launcher/azurite.ts';
import { tempDirectory } from '../support/temp-directory.ts';

/** Starts one on an empty folder. */
export async function startTestAzurite(name: string): Promise<Azurite> {
  const azurite = await startAzurite({ dataDirectory: tempDirectory(name) });
  after(() => azurite.stop());
  return azurite;
}
