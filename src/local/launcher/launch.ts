// The program behind `npm start`, run by ../start.mjs under a Node that reads TypeScript.
import { resolve } from 'node:path';
import { introduce } from './introduce.ts';
import { runLaunch } from './run-launch.ts';

const exitCode = await runLaunch(process.argv.slice(2), {
  root: resolve(import.meta.dirname, '..', '..', '..'),
  hostEntry: resolve(import.meta.dirname, '..', 'host', 'main.ts'),
  introduce,
});
process.exit(exitCode);
