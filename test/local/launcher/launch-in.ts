// Runs the launcher's command line on a project of a test: the folder, the host's script, then the words of the command line.
import { runLaunch } from '../../../src/local/launcher/run-launch.ts';

const [root = '', hostEntry = '', ...words] = process.argv.slice(2);
process.exit(await runLaunch(words, { root, hostEntry }));
