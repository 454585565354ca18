import { contacts } from "../../mappings/contacts.ts";
import { standardProfile } from "../../src/mapping/clients.ts";
import { type Element, element } from "../../src/wire/element.ts";
import { decode } from "../../src/wire/reader.ts";
import { encode } from "../../src/wire/writer.ts";
import { card } from "./data.ts";
import type { Result } from "./result.ts";

/** Octets per second through the codec, on an answer of 512 contacts. */
export function benchWbxml(): readonly Result[] {
  const answer = element("AirSync:Sync", [
    element("AirSync:Collections", [
      element("AirSync:Collection", [
        element(
          "AirSync:Commands",
          Array.from({ length: 512 }, (_, index) => add(index)),
        ),
      ]),
    ]),
  ]);
  const octets = encode(answer);
  return [
    {
      name: "WBXML encode, 512 contacts",
      measured: megabytesPerSecond(octets.length, () => encode(answer)),
      unit: "MB/s",
    },
    {
      name: "WBXML decode, 512 contacts",
      measured: megabytesPerSecond(octets.length, () => decode(octets)),
      unit: "MB/s",
    },
  ];
}

function add(number: number): Element {
  const context = {
    version: "14.1",
    bodyPreferences: [],
    supported: undefined,
    addresses: [],
    displayName: undefined,
    zone: "Europe/Berlin",
    now: Date.now(),
    profile: standardProfile,
  } as const;
  return element("AirSync:Add", [
    element("AirSync:ServerId", `id${number}`),
    element("AirSync:ApplicationData", contacts.down(card(number), "", context)),
  ]);
}

function megabytesPerSecond(octets: number, work: () => unknown): number {
  for (let round = 0; round < 20; round += 1) work();
  const began = performance.now();
  const rounds = 100;
  for (let round = 0; round < rounds; round += 1) work();
  return (octets * rounds) / 1e6 / ((performance.now() - began) / 1000);
}
