import type { Metrics } from "../metrics.ts";
import type { State } from "../state/state.ts";

/** The same store, whose failed operations are counted. A refused commit is an outcome and no failure. */
export function countedState(state: State, metrics: Metrics): State {
  async function counted<T>(operation: string, result: Promise<T>): Promise<T> {
    try {
      return await result;
    } catch (error) {
      metrics.count("storeErrors", { operation });
      throw error;
    }
  }

  metrics.reading("stateOctets", () => state.bytesWritten);
  return {
    lease: (...asked) => counted("lease", state.lease(...asked)),
    renew: (...asked) => counted("renew", state.renew(...asked)),
    release: (...asked) => counted("release", state.release(...asked)),
    read: (...asked) => counted("read", state.read(...asked)),
    async *scan(...asked) {
      try {
        yield* state.scan(...asked);
      } catch (error) {
        metrics.count("storeErrors", { operation: "scan" });
        throw error;
      }
    },
    commit: (...asked) => counted("commit", state.commit(...asked)),
    scopes: (...asked) => counted("scopes", state.scopes(...asked)),
    publish: (...asked) => counted("publish", state.publish(...asked)),
    subscribe: (...asked) => counted("subscribe", state.subscribe(...asked)),
    shared: state.shared,
    get bytesWritten() {
      return state.bytesWritten;
    },
    close: () => state.close(),
  };
}
