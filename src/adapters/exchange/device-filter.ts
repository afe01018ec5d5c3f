// Queries for devices as OPATH filters, which Exchange evaluates.
// Text stands in single quotes, inner ones doubled; dates are ISO 8601 in UTC; a wildcard is only safe at the end.
// https://learn.microsoft.com/powershell/exchange/recipient-filters
import type { DeviceQuery } from '../../domain/device.ts';
import { AppError } from '../../domain/errors.ts';

/** The filter for a query; undefined when every device is asked for. */
export function deviceFilter(query: DeviceQuery): string | undefined {
  const terms = [...firstSyncTerms(query.firstSync), ...stateTerms(query), ...prefixTerms(query.deviceIdPrefix)];
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

function prefixTerms(prefix: string | undefined): readonly string[] {
  if (prefix === undefined) return [];
  if (!/^[A-Za-z0-9]+$/.test(prefix)) {
    throw new AppError('internal', {}, { cause: new RangeError(`A DeviceId prefix is letters and digits, not '${prefix}'.`) });
  }
  return [`DeviceId -like '${prefix}*'`];
}
