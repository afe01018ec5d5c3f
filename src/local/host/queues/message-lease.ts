// Keeps a message out of other readers' sight while its function runs, by renewing its visibility halfway.
// It runs on real time, as the storage service does, whatever the host's clock shows.
import type { DequeuedMessageItem, QueueClient } from '@azure/storage-queue';
import { storageCode } from './watched-queue.ts';

export interface MessageLease {
  /** Ends the renewals; the answer is the receipt by which the message can now be deleted or released. */
  end(): Promise<string>;
}

/** Renews until ended; `onFault` hears of renewals that failed (the next one is tried sooner) or of a message that someone else took. */
export function holdMessage(
  client: Pick<QueueClient, 'updateMessage'>,
  message: DequeuedMessageItem,
  leaseMs: number,
  onFault: (error: unknown) => void,
): MessageLease {
  let { popReceipt } = message;
  let isEnded = false;
  let renewing: Promise<void> = Promise.resolve();
  let timer = setTimeout(start, leaseMs / 2);

  function start(): void {
    renewing = renew();
  }

  async function renew(): Promise<void> {
    let nextMs = leaseMs / 2;
    try {
      const renewed = await client.updateMessage(message.messageId, popReceipt, undefined, Math.ceil(leaseMs / 1000));
      popReceipt = renewed.popReceipt ?? popReceipt;
    } catch (error) {
      onFault(error);
      if (['MessageNotFound', 'PopReceiptMismatch', 'QueueNotFound'].includes(storageCode(error))) return;
      nextMs = leaseMs / 8;
    }
    if (!isEnded) timer = setTimeout(start, nextMs);
  }

  return {
    async end() {
      isEnded = true;
      clearTimeout(timer);
      await renewing;
      return popReceipt;
    },
  };
}
