// The entry of the bundle: imports every file that registers a function. The order does not matter to the host.
import './http-health.ts';
import './http-not-found.ts';
