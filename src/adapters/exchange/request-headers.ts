// The headers of a request to Exchange. Anchor and Prefer are the same on every request: a read whose pages differ in them loses its cursor.
// Source: reference "Request headers" (2.3), seen in public clients and the PowerShell module.
import type { OrganizationId } from '../../domain/organization.ts';

// The arbitration mailbox that every organization has: calls for a whole organization are routed by it.
const SYSTEM_MAILBOX = 'SystemMailbox{bb558c35-97f1-4cb9-8ff7-d53741dc928c}';

/** How many rows a page holds; the module's own number. */
export const PAGE_SIZE = 1000;

/** What every request carries, also those inside a batch. `label` is the cmdlet, for Exchange's own diagnostics. */
export function requestHeaders(organization: OrganizationId, label: string): Record<string, string> {
  return {
    Accept: 'application/json',
    'Content-Type': 'application/json; charset=utf-8',
    Prefer: `odata.maxpagesize=${PAGE_SIZE}`,
    'X-AnchorMailbox': `APP:${SYSTEM_MAILBOX}@${organization}`,
    'X-CmdletName': label,
    'X-ResponseFormat': 'json',
    'X-ClientApplication': 'ExchangeConnector',
  };
}

/** What a request of its own carries besides: texts in English, because some refusals are told apart by them, and bodies as they are. */
export const connectionHeaders = {
  'Accept-Encoding': 'identity',
  'Accept-Language': 'en-US',
  'User-Agent': 'ExchangeConnector',
} as const;
