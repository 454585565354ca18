/** Who waits for a lease in this process: the one who came first is woken first. */
export interface Waiting {
  /** Resolves when it is woken, aborted, or `milliseconds` are over; whichever it was, the caller looks again. */
  untilFree(key: string, milliseconds: number, signal: AbortSignal | undefined): Promise<void>;
  wakeOne(key: string): void;
}

export function createWaiting(): Waiting {
  const waiting = new Map<string, Set<() => void>>();

  return {
    untilFree(key, milliseconds, signal) {
      return new Promise((resolve) => {
        if (signal?.aborted) {
          resolve();
          return;
        }
        const queue = waiting.get(key) ?? new Set();
        waiting.set(key, queue);
        const done = () => {
          clearTimeout(timer);
          signal?.removeEventListener("abort", done);
          queue.delete(done);
          if (queue.size === 0 && waiting.get(key) === queue) waiting.delete(key);
          resolve();
        };
        const timer = setTimeout(done, Math.max(1, Math.ceil(milliseconds)));
        signal?.addEventListener("abort", done, { once: true });
        queue.add(done);
      });
    },
    wakeOne(key) {
      waiting.get(key)?.values().next().value?.();
    },
  };
}
