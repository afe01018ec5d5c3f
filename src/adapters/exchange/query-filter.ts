// Queries for devices and mailboxes as OPATH filters, which Exchange evaluates.
// Text stands in single quotes, inner ones doubled; dates are ISO 8601 in UTC; a wildcard is only safe at the end.
// https://learn.microsoft.com/powershell/exchange/recipient-filters
import type { DeviceQuery } from '../../domain/device.ts';
import { AppError } from '../../domain/errors.ts';
import type { MailboxQuery } from '../../domain/mailbox.ts';

/** The filter for a query; undefined when every device is asked for. */
export function deviceFilter(query: DeviceQuery): string | undefined {
  const terms = [
    ...firstSyncTerms(query.firstSync),
    ...stateTerms(query),
    ...prefixTerms('DeviceId', query.deviceIdPrefix, query.deviceIdWithout),
  ];
  return terms.length === 0 ? undefined : terms.join(' -and ');
}

/** The filter for a query; undefined when every mailbox is asked for. */
export function mailboxFilter({ displayNamePrefix, displayNameWithout }: MailboxQuery): string | undefined {
  const terms = prefixTerms('DisplayName', displayNamePrefix, displayNameWithout);
  return terms.length === 0 ? undefined : terms.join(' -and ');
}

/** `text` as an OPATH literal. */
export function quoted(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

function firstSyncTerms(firstSync: DeviceQuery['firstSync']): readonly string[] {
  if (firstSync === undefined) return [];
  if (firstSync === 'missing') return ['FirstSyncTime -eq $null'];
  const { from, before } = firstSync;
  return [
    ...(from === undefined ? [] : [`FirstSyncTime -ge ${quoted(from)}`]),
    ...(before === undefined ? [] : [`FirstSyncTime -lt ${quoted(before)}`]),
  ];
}

function stateTerms({ accessState }: DeviceQuery): readonly string[] {
  return accessState === undefined ? [] : [`DeviceAccessState -eq ${quoted(accessState)}`];
}

/** What begins with `prefix` and with none of `without`; a property that is not set begins with nothing. */
function prefixTerms(property: string, prefix: string | undefined, without: readonly string[] = []): readonly string[] {
  return [
    ...(prefix === undefined ? [] : [beginsWith(property, prefix)]),
    ...without.map((each) => `-not (${beginsWith(property, each)})`),
  ];
}

function beginsWith(property: string, prefix: string): string {
  if (!/^[\p{L}\p{N}]+$/u.test(prefix)) {
    throw new AppError('internal', {}, { cause: new RangeError(`A prefix of ${property} is letters and digits, not '${prefix}'.`) });
  }
  return `${property} -like '${prefix}*'`;
}
