/** `docker/grafana/isthmus.json`: a Grafana dashboard with a panel for each figure, made from this table. */

interface Panel {
  readonly title: string;
  /** Shown beside the title: how to read it. */
  readonly about: string;
  /** A unit of Grafana's. */
  readonly unit: string;
  readonly queries: readonly Query[];
  readonly kind?: "timeseries" | "state-timeline" | "stat";
}

interface Query {
  /** PromQL. */
  readonly expr: string;
  readonly legend: string;
}

/** A figure of the chosen nodes. */
function figure(name: string, labels = ""): string {
  return `${name}{instance=~"$instance"${labels === "" ? "" : `,${labels}`}}`;
}

function rateOf(by: string, name: string, labels = ""): string {
  return `sum by (${by}) (rate(${figure(name, labels)}[$__rate_interval]))`;
}

function quantile(share: number, by: string, name: string, labels = ""): string {
  const all = by === "" ? "le" : `le, ${by}`;
  return `histogram_quantile(${share}, ${rateOf(all, `${name}_bucket`, labels)})`;
}

const sections: readonly { readonly title: string; readonly panels: readonly Panel[] }[] = [
  {
    title: "Phones",
    panels: [
      {
        title: "Phones that wait",
        about: "A phone that waits for changes costs memory only. A sudden drop is a node, or a proxy, that went away.",
        unit: "short",
        queries: [{ expr: `sum by (command) (${figure("isthmus_waiting_phones")})`, legend: "{{command}}" }],
      },
      {
        title: "From a change to the phone",
        about:
          "Seconds from the moment a change was seen, or told of by a hook, until a phone that waited was answered.",
        unit: "s",
        queries: [
          { expr: quantile(0.5, "", "isthmus_sync_lag_seconds"), legend: "half of them" },
          { expr: quantile(0.95, "", "isthmus_sync_lag_seconds"), legend: "95 of 100" },
        ],
      },
      {
        title: "Requests",
        about: "Answered requests by command.",
        unit: "reqps",
        queries: [{ expr: rateOf("command", "isthmus_requests_total"), legend: "{{command}}" }],
      },
      {
        title: "Requests by version",
        about: "Which versions of ActiveSync phones speak.",
        unit: "reqps",
        queries: [{ expr: rateOf("version", "isthmus_requests_total", 'version!=""'), legend: "{{version}}" }],
      },
      {
        title: "Answers with a Status that is not 1",
        about: "Ping's are left out: 2 is what it waits for. 140 is a wipe, 142 to 144 ask for a policy, 177: no room.",
        unit: "reqps",
        queries: [
          {
            expr: rateOf("command, status", "isthmus_requests_total", 'status!~"1|none",command!="Ping"'),
            legend: "{{command}} {{status}}",
          },
        ],
      },
      {
        title: "Answers other than 200",
        about: "401: a wrong password. 449: a policy is asked for. 503: the login or the store could not be asked.",
        unit: "reqps",
        queries: [
          { expr: rateOf("command, http", "isthmus_requests_total", 'http!="200"'), legend: "{{command}} {{http}}" },
        ],
      },
      {
        title: "Time of an answer, 95 of 100",
        about: "Requests that waited for changes are left out.",
        unit: "s",
        queries: [{ expr: quantile(0.95, "command", "isthmus_request_seconds", 'waited="no"'), legend: "{{command}}" }],
      },
      {
        title: "Items",
        about: "Changes sent to phones, and commands on items that came from them.",
        unit: "cps",
        queries: [
          { expr: rateOf("instance", "isthmus_items_sent_total"), legend: "sent by {{instance}}" },
          { expr: rateOf("instance", "isthmus_items_received_total"), legend: "received by {{instance}}" },
        ],
      },
    ],
  },
  {
    title: "Servers behind",
    panels: [
      {
        title: "Answering",
        about: "1: its last call was answered, if only by a refusal. The worst that any node saw.",
        unit: "short",
        kind: "state-timeline",
        queries: [
          { expr: `min by (backend, server) (${figure("isthmus_backend_up")})`, legend: "{{backend}} {{server}}" },
        ],
      },
      {
        title: "Since the last answer",
        about: "Nobody asks a server that nobody needs: this grows at night.",
        unit: "s",
        queries: [
          {
            expr: `time() - max by (backend, server) (${figure("isthmus_backend_last_answer_timestamp_seconds")})`,
            legend: "{{backend}} {{server}}",
          },
        ],
      },
      {
        title: "Calls",
        about: "Requests of DAV, commands of IMAP, steps of SMTP.",
        unit: "reqps",
        queries: [
          {
            expr: rateOf("backend, server, method", "isthmus_backend_requests_total"),
            legend: "{{backend}} {{server}} {{method}}",
          },
        ],
      },
      {
        title: "Calls that failed",
        about: "No answer, or one that the server is ill or busy.",
        unit: "reqps",
        queries: [
          {
            expr: rateOf(
              "backend, server, answer",
              "isthmus_backend_requests_total",
              'answer=~"none|5xx|unreachable|busy"',
            ),
            legend: "{{backend}} {{server}} {{answer}}",
          },
        ],
      },
      {
        title: "Time of a call, 95 of 100",
        about: "Until a server began to answer (HTTP), or had answered (IMAP, SMTP).",
        unit: "s",
        queries: [
          {
            expr: quantile(0.95, "backend, server, method", "isthmus_backend_seconds"),
            legend: "{{backend}} {{server}} {{method}}",
          },
        ],
      },
      {
        title: "Probes for changes",
        about: "What the waiting phones cost the servers, all together.",
        unit: "reqps",
        queries: [{ expr: rateOf("instance", "isthmus_probe_requests_total"), legend: "{{instance}}" }],
      },
    ],
  },
  {
    title: "Logins and devices",
    panels: [
      {
        title: "Logins",
        about: "known: verified a moment ago. limited: not passed on, too many were wrong lately.",
        unit: "reqps",
        queries: [{ expr: rateOf("backend, outcome", "isthmus_logins_total"), legend: "{{backend}} {{outcome}}" }],
      },
      {
        title: "New devices in an hour",
        about: "let in, in quarantine, or without room (devices.most).",
        unit: "short",
        queries: [
          {
            expr: `sum by (outcome) (increase(${figure("isthmus_new_devices_total")}[1h]))`,
            legend: "{{outcome}}",
          },
        ],
      },
      {
        title: "What was decided of devices, in an hour",
        about: "Actions of the audit log: wipes, blocks, approvals, and what devices did about a wipe.",
        unit: "short",
        queries: [
          {
            expr: `sum by (action, by) (increase(${figure("isthmus_device_actions_total")}[1h]))`,
            legend: "{{action}} ({{by}})",
          },
        ],
      },
      {
        title: "Brakes in an hour",
        about: "What looked like an accident and was held up.",
        unit: "short",
        queries: [{ expr: `sum by (brake) (increase(${figure("isthmus_brakes_total")}[1h]))`, legend: "{{brake}}" }],
      },
    ],
  },
  {
    title: "The gateway",
    panels: [
      {
        title: "Memory",
        about: "Resident, by node.",
        unit: "bytes",
        queries: [{ expr: figure("process_resident_memory_bytes"), legend: "{{instance}}" }],
      },
      {
        title: "Processor",
        about: "Of one core.",
        unit: "percentunit",
        queries: [{ expr: rateOf("instance", "process_cpu_seconds_total"), legend: "{{instance}}" }],
      },
      {
        title: "Delay of the event loop, 99 of 100",
        about: "Above a tenth of a second the node has too much to do.",
        unit: "s",
        queries: [{ expr: figure("nodejs_eventloop_lag_p99_seconds"), legend: "{{instance}}" }],
      },
      {
        title: "Written to the state store",
        about: "Octets of keys and values.",
        unit: "Bps",
        queries: [{ expr: rateOf("instance", "isthmus_state_octets_total"), legend: "{{instance}}" }],
      },
      {
        title: "Failures of the state store",
        about: "While it is away phones are answered 503, keep what they have, and come again.",
        unit: "ops",
        queries: [{ expr: rateOf("operation", "isthmus_store_errors_total"), legend: "{{operation}}" }],
      },
      {
        title: "Certificate",
        about: "Days until the certificate of the built-in TLS ends; renewed files are used by themselves.",
        unit: "d",
        kind: "stat",
        queries: [
          {
            expr: `(${figure("isthmus_certificate_end_timestamp_seconds")} - time()) / 86400`,
            legend: "{{instance}}",
          },
        ],
      },
    ],
  },
];

/** Every query of the dashboard. */
export const dashboardQueries: readonly string[] = sections.flatMap(({ panels }) =>
  panels.flatMap(({ queries }) => queries.map(({ expr }) => expr)),
);

const letters = ["A", "B", "C"];
const datasource = { type: "prometheus", uid: "${datasource}" };
/** Grafana's grid has 24 columns. */
const width = 8;
const height = 8;

/** The file, as Grafana imports it. */
export function dashboardDocument(): string {
  let y = 0;
  let id = 0;
  const panels = sections.flatMap(({ title, panels: inside }) => {
    id += 1;
    const row = { id, type: "row", title, collapsed: false, panels: [], gridPos: { x: 0, y, w: 24, h: 1 } };
    y += 1;
    const made = inside.map((panel, index) => {
      id += 1;
      const gridPos = { x: (index % 3) * width, y: y + Math.floor(index / 3) * height, w: width, h: height };
      return { id, ...panelModel(panel), gridPos };
    });
    y += Math.ceil(inside.length / 3) * height;
    return [row, ...made];
  });
  const dashboard = {
    title: "Isthmus",
    uid: "isthmus",
    description: "Phones in front, servers behind, and the gateway between.",
    tags: ["isthmus"],
    schemaVersion: 39,
    editable: true,
    refresh: "30s",
    time: { from: "now-6h", to: "now" },
    templating: { list: [sourceVariable, instanceVariable] },
    annotations: { list: [] },
    panels,
  };
  return `${JSON.stringify(dashboard, undefined, 2)}\n`;
}

function panelModel({ title, about, unit, queries, kind = "timeseries" }: Panel) {
  return {
    type: kind,
    title,
    description: about,
    datasource,
    fieldConfig: { defaults: { unit, min: 0 }, overrides: [] },
    options: { ...(kind === "timeseries" ? { tooltip: { mode: "multi", sort: "desc" } } : {}) },
    targets: queries.map(({ expr, legend }, index) => ({
      refId: letters[index],
      datasource,
      expr,
      legendFormat: legend,
    })),
  };
}

const sourceVariable = { name: "datasource", label: "Data source", type: "datasource", query: "prometheus" };
const instanceVariable = {
  name: "instance",
  label: "Node",
  type: "query",
  datasource,
  query: { query: "label_values(isthmus_waiting_phones, instance)", refId: "instance" },
  refresh: 2,
  includeAll: true,
  multi: true,
  current: { text: "All", value: "$__all" },
};
