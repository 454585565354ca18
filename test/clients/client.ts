/** A client as it names itself, for tests that ask the table about it. */
import type { Client } from "../../src/mapping/clients.ts";

export function clientOf(more: Partial<Client>): Client {
  return { deviceId: "0123456789abcdef", deviceType: "TestPhone", userAgent: "Test/1.0", version: "14.1", ...more };
}
