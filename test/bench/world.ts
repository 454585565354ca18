import { type ChildGateway, startChildGateway } from "../gateway/child.ts";
import { startRadicale } from "../servers/radicale.ts";
import { type Counter, startCounter } from "./counter.ts";
import { fillRadicale } from "./data.ts";
import { type DavTarget, listRaw } from "./floor.ts";

/** A warm Radicale with one filled collection, and the gateway in front of it. */
export interface World {
  readonly gateway: ChildGateway;
  /** Sits between gateway and Radicale. */
  readonly counter: Counter;
  readonly target: DavTarget;
  /** Another collection of the same size, for a floor that writes. */
  readonly other: DavTarget;
  readonly kind: "contacts" | "calendar";
  readonly count: number;
}

export const hookSecret = "the-secret-of-the-bench";

export async function withWorld<T>(
  kind: "contacts" | "calendar",
  count: number,
  run: (world: World) => Promise<T>,
): Promise<T> {
  const server = await startRadicale({ empty: true, users: { anna: "geheim", floor: "geheim" } });
  await fillRadicale(server.folder, "anna", kind, kind, count);
  await fillRadicale(server.folder, "floor", kind, kind, count);
  const counter = await startCounter(server.url);
  const gateway = await startChildGateway(counter.url, {
    push: { heartbeat: { min: 1 }, hook: { secret: hookSecret } },
  });
  const targetOf = (user: string): DavTarget => ({ url: `${server.url}${user}/${kind}/`, user, password: "geheim" });
  const world = { gateway, counter, target: targetOf("anna"), other: targetOf("floor"), kind, count };
  try {
    // A cold Radicale takes half a minute over its first listing.
    await listRaw(world.target);
    await listRaw(world.other);
    return await run(world);
  } finally {
    await gateway.stop();
    await counter.stop();
    await server.stop();
  }
}
