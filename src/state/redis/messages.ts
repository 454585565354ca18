/** Messages between nodes, on a connection of their own: a busy store must not hold up what wakes a phone. */
import { Cluster } from "ioredis";
import { createLocalBus } from "../local-bus.ts";
import { type Client, leave } from "./client.ts";
import type { Connection } from "./connection.ts";

export interface Messages {
  /** Returns how to stop listening. */
  subscribe(channel: string, listener: (message: string) => void): Promise<() => Promise<void>>;
  close(): void;
}

/** Milliseconds between two signs of life: a connection that died silently is noticed, and made anew. */
const pulse = 15_000;

/** Channels are subscribed to once, however many listen. Nothing is connected before the first of them. */
export function createMessages(connection: Connection): Messages {
  const local = createLocalBus();
  const listening = new Map<string, { listeners: number; subscribed: Promise<unknown> }>();
  let subscriber: Client | undefined;
  let timer: NodeJS.Timeout | undefined;

  function open(): Client {
    if (subscriber) return subscriber;
    const { client } = connection;
    // A cluster's client keeps a connection for its subscriptions by itself.
    if (client instanceof Cluster) subscriber = client;
    else {
      const own = client.duplicate({ enableOfflineQueue: true, maxRetriesPerRequest: null, commandTimeout: undefined });
      own.on("error", () => {});
      timer = setInterval(() => void own.ping().catch(() => {}), pulse);
      timer.unref();
      subscriber = own;
    }
    subscriber.on("message", (channel: string, message: string) => local.publish(channel, message));
    return subscriber;
  }

  function stopHearing(channel: string): void {
    const entry = listening.get(channel);
    if (!entry) return;
    entry.listeners -= 1;
    if (entry.listeners > 0) return;
    listening.delete(channel);
    // Not waited for: nobody listens any more, and a store that is away would hold up the end of the process.
    void subscriber?.unsubscribe(channel).catch(() => {});
  }

  return {
    async subscribe(channel, listener) {
      const entry = listening.get(channel) ?? {
        listeners: 0,
        subscribed: connection.send(() => open().subscribe(channel)),
      };
      listening.set(channel, entry);
      entry.listeners += 1;
      const stop = local.subscribe(channel, listener);
      let stopped = false;
      const end = async () => {
        if (stopped) return;
        stopped = true;
        stop();
        stopHearing(channel);
      };
      try {
        await entry.subscribed;
      } catch (error) {
        await end();
        throw error;
      }
      return end;
    },
    close() {
      clearInterval(timer);
      if (subscriber && subscriber !== connection.client) leave(subscriber);
    },
  };
}
