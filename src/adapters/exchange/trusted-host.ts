// Which hosts may get our token: Exchange's front door in the connector's cloud and the hosts behind it, over https only.
// Redirects and next links come from outside; following one to any other host would hand our token to whoever runs it.
import type { CloudEndpoints } from '../../domain/cloud.ts';

/** Where Exchange answers in one cloud. */
export type ExchangeEndpoint = Pick<CloudEndpoints, 'exchange' | 'exchangeScope' | 'exchangeHostSuffixes'>;

// Exchange sometimes names its internal port in a redirect; from outside it answers on the usual one.
const INTERNAL_PORT = '446';

/** The origin of `url` when Exchange may answer there, undefined otherwise. Exchange's internal port is replaced by the public one. */
export function trustedOrigin(endpoint: ExchangeEndpoint, url: URL): string | undefined {
  const frontDoor = new URL(endpoint.exchange);
  const target = new URL(url);
  if (target.protocol !== 'https:' || target.username !== '' || target.password !== '') return undefined;
  if (target.port === INTERNAL_PORT) target.port = frontDoor.port;
  return isTrusted(endpoint, frontDoor, target) ? target.origin : undefined;
}

/** An entry that starts with a dot covers the hosts below it on the front door's port; any other names one host, with its port if unusual. */
function isTrusted(endpoint: ExchangeEndpoint, frontDoor: URL, target: URL): boolean {
  if (target.host === frontDoor.host) return true;
  return endpoint.exchangeHostSuffixes.some((entry) =>
    entry.startsWith('.') ? target.hostname.endsWith(entry) && target.port === frontDoor.port : target.host === entry,
  );
}
