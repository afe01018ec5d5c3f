// How long a service asks to wait: the Retry-After header as seconds or as a date (RFC 9110, 10.2.3).
import { msBetween } from '../../domain/instant.ts';
import type { Instant } from '../../domain/instant.ts';

/** Seconds to wait; undefined when the header is absent or says nothing sensible. */
export function parseRetryAfter(header: string | null | undefined, now: Instant): number | undefined {
  const text = header?.trim() ?? '';
  if (/^\d+(?:\.\d+)?$/.test(text)) return Math.ceil(Number(text));
  if (!/^[A-Z][a-z]{2}, \d{2} /.test(text)) return undefined;
  // oxlint-disable-next-line no-restricted-globals -- the header's date has its own form (RFC 9110, 5.6.7); the present comes from the Clock port
  const at = new Date(text);
  return Number.isNaN(at.getTime()) ? undefined : Math.max(0, Math.ceil(msBetween(now, at.toISOString()) / 1000));
}
