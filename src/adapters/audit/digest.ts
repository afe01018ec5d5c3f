// SHA-256 for the chain, by Node's own implementation.
import { hash } from 'node:crypto';
import type { Digest } from '../../domain/audit-chain.ts';

/** SHA-256 of the UTF-8 of a text, in hexadecimal digits. */
export const sha256: Digest = (text) => hash('sha256', text, 'hex');
