// Runs the launcher's command line with all that npm start does, on a folder that stands for a clone.
import { join } from 'node:path';
import { introduce } from '../../../src/local/launcher/introduce.ts';
import { runLaunch } from '../../../src/local/launcher/run-launch.ts';

const [root = '', ...words] = process.argv.slice(2);
const hostEntry = join(import.meta.dirname, '../../../src/local/host/main.ts');
process.exit(await runLaunch(words, { root, hostEntry, introduce }));
