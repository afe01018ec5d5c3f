// First argument: a script to run as if it had been started itself. What this adds is an orderly end: when the launcher says `stop`, or is gone,
// the script sees SIGTERM. Signals cannot do that on Windows, and a launcher that was killed could not send one.
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

let isAsked = false;

/** Once: a script may take a second SIGTERM for impatience. */
function stop() {
  if (isAsked) return;
  isAsked = true;
  const isHandled = process.emit('SIGTERM', 'SIGTERM');
  if (!isHandled) process.exit(1);
}

process.on('message', (message) => {
  if (message === 'stop') stop();
});
process.once('disconnect', stop);
// The channel alone must not keep a finished script alive.
process.channel?.unref();
// Once the launcher is gone nobody reads what is printed; that must not end the orderly stop.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);

process.argv.splice(1, 1);
const [, script = ''] = process.argv;
await import(pathToFileURL(resolve(script)).href);
