// How the connector sends mail: handed over to the mailbox's outbox. Accepted is not delivered, and nobody answers here.

/** One message to send. */
export interface OutgoingMail {
  /** Our own id of the message, carried in a header so that a second copy can be recognized. */
  readonly id: string;
  /** Object id or address of the mailbox that sends. */
  readonly sender: string;
  /** Addresses; at least one. */
  readonly to: readonly string[];
  readonly cc?: readonly string[];
  readonly replyTo?: readonly string[];
  readonly subject: string;
  readonly body: { readonly form: 'html' | 'text'; readonly content: string };
  readonly importance?: 'low' | 'normal' | 'high';
}

/** Sending on behalf of one organization. */
export interface Mail {
  /**
   * Hands the message over once. When it throws `graph.unavailable` with `isSent: 'unknown'` in its details, the message may or may not
   * have gone out; every other error means that it did not.
   */
  send(mail: OutgoingMail, options?: { readonly signal?: AbortSignal }): Promise<void>;
}
