/**
 * What is counted, for Prometheus. One table names every figure and its labels; nobody can count what is not in it.
 * No label holds a user, a device, an address or a path: those are without bound, and nobody's business who reads
 * figures. Each gateway has a registry of its own: two in one process (tests) do not mix.
 */
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from "prom-client";

interface Row {
  /** As Prometheus knows it. */
  readonly name: string;
  readonly help: string;
  readonly labels: readonly string[];
}

const counters = {
  requests: {
    name: "isthmus_requests_total",
    help: "ActiveSync requests answered; status is the Status in the document (none: it has none)",
    labels: ["command", "http", "version", "status"],
  },
  itemsSent: { name: "isthmus_items_sent_total", help: "Changes of items sent to phones", labels: [] },
  itemsReceived: { name: "isthmus_items_received_total", help: "Commands on items from phones", labels: [] },
  logins: {
    name: "isthmus_logins_total",
    help: "Logins by what became of them",
    labels: ["backend", "outcome"],
  },
  newDevices: {
    name: "isthmus_new_devices_total",
    help: "Devices seen for the first time, by whether they wait in quarantine or found no room",
    labels: ["outcome"],
  },
  deviceActions: {
    name: "isthmus_device_actions_total",
    help: "What was decided of devices, or done by them on a wipe: the actions of the audit log, by who acted",
    labels: ["action", "by"],
  },
  brakes: { name: "isthmus_brakes_total", help: "Brakes that took hold", labels: ["brake"] },
  backendRequests: {
    name: "isthmus_backend_requests_total",
    help: "Calls to the servers of a backend by the class of the answer (none: there was none)",
    labels: ["backend", "server", "method", "answer"],
  },
  storeErrors: {
    name: "isthmus_store_errors_total",
    help: "Operations of the state store that failed",
    labels: ["operation"],
  },
} as const satisfies Record<string, Row>;

/** Of seconds. */
const histograms = {
  requestSeconds: {
    name: "isthmus_request_seconds",
    help: "Time until an answer was sent; requests that waited for changes are told apart",
    labels: ["command", "waited"],
  },
  backendSeconds: {
    name: "isthmus_backend_seconds",
    help: "Time until a server of a backend began to answer (HTTP), or had answered (IMAP, SMTP)",
    labels: ["backend", "server", "method"],
  },
  syncLag: {
    name: "isthmus_sync_lag_seconds",
    help: "From the moment a change was seen, or told of by a hook, until a phone that waited was answered",
    labels: ["command"],
  },
} as const satisfies Record<string, Row>;

/** Read where they are kept whenever somebody asks; `grows` tells a counter from a gauge. */
const readings = {
  waitingPhones: {
    name: "isthmus_waiting_phones",
    help: "Phones that wait for changes at this node, by the command they wait in",
    labels: ["command"],
    grows: false,
  },
  backendUp: {
    name: "isthmus_backend_up",
    help: "Whether the last call to a server was answered (1) or not (0), as this node saw it",
    labels: ["backend", "server"],
    grows: false,
  },
  backendAnswered: {
    name: "isthmus_backend_last_answer_timestamp_seconds",
    help: "When a server answered last, in seconds since 1970",
    labels: ["backend", "server"],
    grows: false,
  },
  certificateEnd: {
    name: "isthmus_certificate_end_timestamp_seconds",
    help: "When the certificate of the built-in TLS ends, in seconds since 1970",
    labels: [],
    grows: false,
  },
  probeRequests: {
    name: "isthmus_probe_requests_total",
    help: "Requests the probes for changes have cost",
    labels: [],
    grows: true,
  },
  stateOctets: {
    name: "isthmus_state_octets_total",
    help: "Octets written to the state store",
    labels: [],
    grows: true,
  },
} as const satisfies Record<string, Row & { readonly grows: boolean }>;

/** Seconds: from a Sync without changes to a window that is full, and then the heartbeats. */
const buckets = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 900, 3600];

type Labels<R extends Row> = Readonly<Record<R["labels"][number], string>>;

/** The one value of a figure without labels, or a value for each set of labels that there is. */
type Read<R extends Row> = R["labels"] extends readonly []
  ? () => number
  : () => Iterable<readonly [labels: Labels<R>, value: number]>;

export type CounterName = keyof typeof counters;
export type HistogramName = keyof typeof histograms;
export type ReadingName = keyof typeof readings;

export interface Metrics {
  /** Counts one, or as many as `by` says. */
  count<N extends CounterName>(name: N, labels: Labels<(typeof counters)[N]>, by?: number): void;
  observe<N extends HistogramName>(name: N, labels: Labels<(typeof histograms)[N]>, seconds: number): void;
  /** Says where a figure is read. Once per name; `read` must not wait. */
  reading<N extends ReadingName>(name: N, read: Read<(typeof readings)[N]>): void;
  /** All figures, in the format that `contentType` names. */
  text(): Promise<string>;
  readonly contentType: string;
}

/** Figures of this process and of what it does. */
export function createMetrics(): Metrics {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  const counting = made(
    counters,
    (row) => new Counter({ name: row.name, help: row.help, labelNames: row.labels, registers }),
  );
  const observing = made(
    histograms,
    (row) => new Histogram({ name: row.name, help: row.help, labelNames: row.labels, registers, buckets }),
  );
  return {
    count: (name, labels, by = 1) => counting[name].inc(labels, by),
    observe: (name, labels, seconds) => observing[name].observe(labels, seconds),
    reading(name, read) {
      const { grows, ...row } = readings[name];
      const options = { name: row.name, help: row.help, labelNames: row.labels, registers };
      const samples = () => {
        const value = read();
        return typeof value === "number" ? [[{}, value] as const] : value;
      };
      if (!grows) {
        new Gauge({
          ...options,
          collect() {
            this.reset();
            for (const [labels, value] of samples()) this.set(labels, value);
          },
        });
        return;
      }
      new Counter({
        ...options,
        collect() {
          this.reset();
          for (const [labels, value] of samples()) this.inc(labels, value);
        },
      });
    },
    text: () => registry.metrics(),
    contentType: registry.contentType,
  };
}

/** The labels of each figure by its name: what can be asked for, for whoever draws them. */
export const figureLabels: ReadonlyMap<string, readonly string[]> = new Map(
  [counters, histograms, readings].flatMap((rows) =>
    Object.values<Row>(rows).map(({ name, labels }) => [name, labels] as const),
  ),
);

/** Counts nothing: where nobody asks for figures. */
export const noMetrics: Metrics = {
  count() {},
  observe() {},
  reading() {},
  text: () => Promise.resolve(""),
  contentType: "text/plain",
};

function made<K extends string, R extends Row, M>(
  rows: Readonly<Record<K, R>>,
  make: (row: R) => M,
): Readonly<Record<K, M>> {
  const entries = Object.entries<R>(rows).map(([key, row]) => [key, make(row)]);
  return Object.fromEntries(entries) as Readonly<Record<K, M>>;
}
