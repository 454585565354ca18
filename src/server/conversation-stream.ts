/** A conversation as it goes on, for a page that shows it: server-sent events (WHATWG HTML, 9.2). */
import type { ServerResponse } from "node:http";
import type { Entry } from "../conversation/entry.ts";

/** Milliseconds; less than any proxy waits for the next octet. */
const sign = 15_000;

/**
 * Sends each entry as an event `entry` whose data is its JSON. Whoever calls this has checked that the reader may see
 * it. Ends with the source, or when the reader leaves, which aborts `controller` and so ends the source.
 */
export async function streamConversation(
  response: ServerResponse,
  source: AsyncIterable<Entry>,
  controller: AbortController,
): Promise<void> {
  response.once("close", () => controller.abort());
  response.writeHead(200, {
    "Content-Type": "text/event-stream",
    "Cache-Control": "no-store",
    // nginx would hold back what it has until its buffer is full.
    "X-Accel-Buffering": "no",
  });
  // The first octets: else a reader does not know that it is connected until something happens.
  response.write(": connected\n\n");
  const timer = setInterval(() => response.write(": still here\n\n"), sign);
  try {
    // JSON has no line ends, which would end the event.
    for await (const entry of source) await taken(response, `event: entry\ndata: ${JSON.stringify(entry)}\n\n`);
  } finally {
    clearInterval(timer);
    response.end();
  }
}

/** Resolves once the reader has room for more: what comes meanwhile waits at the source, which is bounded. */
function taken(response: ServerResponse, text: string): Promise<void> {
  if (response.destroyed || response.write(text)) return Promise.resolve();
  return new Promise((resolve) => {
    const done = (): void => {
      response.off("drain", done);
      response.off("close", done);
      resolve();
    };
    response.once("drain", done);
    response.once("close", done);
  });
}
