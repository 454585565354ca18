/** @jsxImportSource preact */
/** The conversation inspector: its owner, or an administrator, watches what a device and the gateway say. */
import { createHash } from "node:crypto";
import type { ServerResponse } from "node:http";
import { renderToString } from "preact-render-to-string";
import type { Entry } from "../conversation/entry.ts";
import type { DeviceView } from "../devices/registry.ts";
import { carryOut } from "./device-deeds.ts";
import { ConversationEntry, conversationPage } from "./pages/conversation.tsx";
import { errorPage } from "./pages/error.tsx";
import type { PortalParts } from "./parts.ts";
import type { Route } from "./routes.ts";
import type { AdminVisit, Answer, Parameters, UserVisit } from "./visit.ts";

export interface Inspector<V> {
  /** Of a device's page, with its parameters. */
  readonly pattern: string;
  /** Undefined for a device that this visitor has not got. */
  readonly find: (visit: V, parameters: Parameters) => Promise<DeviceView | undefined>;
  readonly pathOf: (view: DeviceView) => string;
  /** Its owner may agree that contents are kept. */
  readonly isOwner: boolean;
}

const shown = 100;
const downloaded = 10_000;
/** Seconds that a recording may last. */
const durations = [900, 3_600, 14_400, 86_400];
/** Milliseconds between two signs of life, and two looks whether the reader may still read. */
const signEvery = 15_000;
/** Streams of one session at once: a browser's tabs. */
const mostStreams = 5;

export function conversationRoutes<V extends UserVisit | AdminVisit>(
  { conversations, registry, sessions, ending, now }: PortalParts,
  { pattern, find, pathOf, isOwner }: Inspector<V>,
): readonly Route<V>[] {
  const open = new Map<string, number>();

  function withDevice(work: (visit: V, view: DeviceView) => Answer | Promise<Answer>) {
    return async (visit: V, parameters: Parameters): Promise<Answer> => {
      const view = await find(visit, parameters);
      return view ? work(visit, view) : errorPage(visit, 404);
    };
  }

  function stream(visit: V, view: DeviceView): Answer {
    const { key } = visit.session;
    const count = open.get(key) ?? 0;
    if (count >= mostStreams) return errorPage(visit, 503);
    return {
      async stream(response) {
        open.set(key, count + 1);
        try {
          await tell(response, visit, view);
        } finally {
          const left = (open.get(key) ?? 1) - 1;
          if (left > 0) open.set(key, left);
          else open.delete(key);
        }
      },
    };
  }

  /** Until the browser leaves, its session ends, the recording is over or the gateway stops. */
  async function tell(response: ServerResponse, visit: V, view: DeviceView): Promise<void> {
    const controller = new AbortController();
    response.once("close", () => controller.abort());
    response.write(": connected\n\n");
    const timer = setInterval(() => {
      response.write(": still here\n\n");
      void mayGoOn(visit, view).then(
        (may) => may || controller.abort(),
        () => controller.abort(),
      );
    }, signEvery);
    try {
      for await (const entry of conversations.watch(view.scope, AbortSignal.any([controller.signal, ending]))) {
        if (
          !response.write(eventOf(renderToString(<ConversationEntry id={idOf(entry)} entry={entry} visit={visit} />)))
        )
          await room(response);
      }
    } finally {
      clearInterval(timer);
      if (!response.destroyed) response.end("event: end\ndata: over\n\n");
    }
  }

  async function mayGoOn(visit: V, view: DeviceView): Promise<boolean> {
    const [isOpen, known] = await Promise.all([sessions.isOpen(visit.session), registry.find(view.scope)]);
    return isOpen && (known?.control.inspect?.until ?? 0) * 1000 > now();
  }

  return [
    {
      method: "GET",
      path: `${pattern}/conversation`,
      run: withDevice(async (visit, view) => {
        const entries = await conversations.recent(view.scope, shown);
        const told = entries.toReversed().map((entry) => ({ id: idOf(entry), entry }));
        return conversationPage(visit, { view, path: pathOf(view), isOwner, entries: told });
      }),
    },
    {
      method: "POST",
      path: `${pattern}/inspect`,
      run: withDevice((visit, view) => {
        const asked = Number(visit.form.get("seconds"));
        const seconds = durations.find((one) => one === asked) ?? 900;
        const bodies = isOwner && visit.form.get("bodies") === "yes";
        const action = { kind: "inspect", seconds, bodies } as const;
        const path = `${pathOf(view)}/conversation`;
        return carryOut(registry, visit, { scope: view.scope, action, done: "inspecting", path });
      }),
    },
    {
      method: "POST",
      path: `${pattern}/stop-inspecting`,
      run: withDevice((visit, view) => {
        const path = `${pathOf(view)}/conversation`;
        const action = { kind: "stop-inspecting" } as const;
        return carryOut(registry, visit, { scope: view.scope, action, done: "stopped", path });
      }),
    },
    {
      method: "GET",
      path: `${pattern}/conversation/file`,
      run: withDevice(async (_visit, view) => {
        const entries = await conversations.recent(view.scope, downloaded);
        const body = Buffer.from(entries.map((entry) => `${JSON.stringify(entry)}\n`).join(""));
        return { file: `conversation-${view.scope.device}.jsonl`, type: "application/x-ndjson", body };
      }),
    },
    { method: "GET", path: `${pattern}/conversation/stream`, run: withDevice(stream) },
  ];
}

/** The same one has the same id, told live, where long documents are cut, or read from a file. */
function idOf({ at, command, milliseconds, request, answer }: Entry): string {
  const text = JSON.stringify([at, command, milliseconds, request.octets, answer.octets]);
  return `entry-${createHash("sha256").update(text).digest("base64url").slice(0, 16)}`;
}

/** A line of it for each line of text. */
function eventOf(text: string): string {
  const lines = text.split(/\r\n|\r|\n/).map((line) => `data: ${line}\n`);
  return `${lines.join("")}\n`;
}

function room(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    response.once("drain", resolve);
    response.once("close", resolve);
  });
}
