// Loads one built app in this process as the host's worker does, and prints what that cost. A fresh process each time: node load-once.ts <app folder>.
import { createAppState, installCoreModule } from '../../src/local/host/worker/core-module.ts';
import { loadApp } from '../../src/local/host/worker/load-app.ts';

/** What it prints, as JSON. */
export interface LoadCost {
  readonly ms: number;
  readonly functions: number;
  readonly residentMib: number;
}

const state = createAppState(() => undefined);
installCoreModule(state, '4.1037.0');
const started = performance.now();
await loadApp(process.argv[2] ?? '', state, {});
const cost: LoadCost = {
  ms: performance.now() - started,
  functions: state.functions.size,
  residentMib: process.memoryUsage().rss / 2 ** 20,
};
process.stdout.write(JSON.stringify(cost), () => process.exit(0));
