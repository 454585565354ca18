/** One at a time, of what may take long: a login has few connections, and others wait for one. */

export interface Turns {
  /** Begins once whoever came before is done, or gave up waiting; rejects when the signal is aborted first. */
  take<T>(signal: AbortSignal | undefined, work: (done: () => void) => Promise<T>): Promise<T>;
}

export function createTurns(): Turns {
  let last: Promise<void> = Promise.resolve();
  return {
    async take(signal, work) {
      const before = last;
      const { promise, resolve } = withResolvers();
      last = before.then(() => promise);
      try {
        await untilAborted(before, signal);
      } catch (error) {
        resolve();
        throw error;
      }
      return work(resolve);
    },
  };
}

function withResolvers(): { readonly promise: Promise<void>; resolve(this: void): void } {
  let resolve = (): void => {};
  const promise = new Promise<void>((done) => {
    resolve = done;
  });
  return { promise, resolve };
}

function untilAborted(done: Promise<void>, signal: AbortSignal | undefined): Promise<void> {
  if (signal === undefined) return done;
  signal.throwIfAborted();
  return new Promise((resolve, reject) => {
    const stop = (): void => reject(signal.reason);
    signal.addEventListener("abort", stop, { once: true });
    void done.then(() => {
      signal.removeEventListener("abort", stop);
      resolve();
    });
  });
}
