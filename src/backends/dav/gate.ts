/** Lets so many in at a time, of one name and in all; the others wait in line. */

export interface Gate {
  /** Resolves to how to leave again (once). Rejects with the signal's reason. */
  enter(name: string, signal: AbortSignal | undefined): Promise<() => void>;
}

interface Waiter {
  readonly name: string;
  enter(): void;
}

export function createGate(perName: number, inAll: number): Gate {
  const inside = new Map<string, number>();
  const line = new Set<Waiter>();
  let all = 0;

  function hasRoom(name: string): boolean {
    return all < inAll && (inside.get(name) ?? 0) < perName;
  }

  function take(name: string): () => void {
    all += 1;
    inside.set(name, (inside.get(name) ?? 0) + 1);
    let left = false;
    return () => {
      if (left) return;
      left = true;
      all -= 1;
      const others = (inside.get(name) ?? 1) - 1;
      if (others === 0) inside.delete(name);
      else inside.set(name, others);
      letIn();
    };
  }

  function letIn(): void {
    for (const waiter of line) {
      if (all >= inAll) return;
      if (!hasRoom(waiter.name)) continue;
      line.delete(waiter);
      waiter.enter();
    }
  }

  return {
    async enter(name, signal) {
      signal?.throwIfAborted();
      if (hasRoom(name)) return take(name);
      return new Promise((resolve, reject) => {
        const leave = (): void => {
          line.delete(waiter);
          reject(signal?.reason);
        };
        const waiter: Waiter = {
          name,
          enter() {
            signal?.removeEventListener("abort", leave);
            resolve(take(name));
          },
        };
        line.add(waiter);
        signal?.addEventListener("abort", leave, { once: true });
      });
    },
  };
}
