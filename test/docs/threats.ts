/**
 * `docs/threat-model.md`: who may want what of a gateway, what stands in the way, and the tests of it. A test is named by
 * its file, without `.test.ts`, and its title; what belongs to `npm run test:servers` by `….live`.
 */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

interface Threat {
  readonly wants: string;
  readonly inTheWay: string;
  readonly tests: readonly string[];
}

export const threats: readonly { readonly who: string; readonly threats: readonly Threat[] }[] = [
  {
    who: "Somebody on the network, without a password",
    threats: [
      {
        wants: "reads or changes what is on its way",
        inTheWay:
          "TLS 1.2 and newer, by the gateway or a proxy; browsers are told to speak nothing else; mail and DAV servers' certificates are checked, and no password goes in the clear unless the configuration says so",
        tests: [
          "server/tls: speaks TLS 1.2 and newer, and nothing older",
          "server/tls: is promised to browsers for a year",
          "backends/smtp: is not spoken to when its certificate is not the right one",
          "config: passwords go in the clear only where that is said, and never against an address that says otherwise",
        ],
      },
      {
        wants: "guesses passwords",
        inTheWay:
          "5 wrong ones of a user, 6 of an address in half an hour, counted by all nodes together; the portal's as well",
        tests: [
          "server/login-limits: hold a user's new passwords back after five wrong ones, and nobody else's",
          "server/login-limits: hold an address back at every node, and after a restart",
          "portal/login: is guessed at five times, also by many at once, and then no more",
        ],
      },
      {
        wants: "seems to be another address, or many",
        inTheWay: "X-Forwarded-For is believed from named proxies only, from its end; an IPv6 line is one",
        tests: [
          "server/login-limits: do not believe an address that a phone makes up",
          "server/login-limits: hold an address back after six, an IPv6 line by its network",
          "live/proxies.live: tells the phone's address as it saw it, whatever the phone claims",
        ],
      },
      {
        wants: "gets everybody locked out at the server behind",
        inTheWay: "a budget of wrong passwords for each server; those who were right go on",
        tests: [
          "server/login-limits: lets eight wrong passwords pass; then new logins wait, and those who were right before go on",
        ],
      },
      {
        wants: "takes connections, memory or time by being slow or many",
        inTheWay:
          "limits of time for handshake, headers, bodies and answers; connections of an address; nothing of a body is read before the login",
        tests: [
          "server/http-server: with its TLS handshake has its connection ended",
          "server/http-server: with its headers is told so, and its connection ends",
          "server/http-server: in the middle of a body is given up",
          "server/http-server: with taking its answer is given up",
          "server/http-server: are refused beyond the limit, until one of them ends",
          "server/bodies: is not read at all of a phone whose password is wrong",
        ],
      },
      {
        wants: "wakes phones and servers at will",
        inTheWay: "the change hook needs its secret, and is a hint only",
        tests: ["commands/ping: is woken by the change hook, which needs its secret"],
      },
      {
        wants: "leads new phones to another server",
        inTheWay:
          "Autodiscover tells the configured address, and an address out of the request to nobody who has not logged in",
        tests: [
          "server/autodiscover/public-url: who did not log in is told no name that he brought",
          "server/autodiscover/xml: is told that an address of another domain is none of ours",
        ],
      },
      {
        wants: "looks at figures, the command line's socket or the store",
        inTheWay: "a listener and a socket of their own; no figure names anybody",
        tests: [
          "server/monitor: is not on the public listener, and does not exist where it is not asked for",
          "server/monitor: counts what phones ask, what the backend was asked, and what was stored, without naming anybody",
          "live/cli-devices.live: has a socket for the gateway's user alone",
        ],
      },
    ],
  },
  {
    who: "Somebody with a phone or a password that is not theirs",
    threats: [
      {
        wants: "goes on with a stolen phone",
        inTheWay:
          "a wipe, delivered also when the password was changed first; it stays blocked; a changed password ends its waits",
        tests: [
          "devices/registry: that was carried out keeps the device out until it is removed",
          "devices/wipe: is told again: who answered had no password, and may have been somebody else",
          "server/login-troubles: ends exactly the waits that came with it, at once, and is not tried again",
        ],
      },
      {
        wants: "uses a stolen password on a device of their own",
        inTheWay: "quarantine for new devices, rules by type and software, certificates that name their login",
        tests: [
          "devices/access: finds empty folders, its user finds a mail, and it gets all once it is let in",
          "server/tls: are good for the login that they name, and for no other",
        ],
      },
      {
        wants: "pretends to have wiped, or to follow a policy",
        inTheWay:
          "keys that are the device's own and checked; an acknowledgement without a password is marked, and told again",
        tests: [
          "devices/wipe: and whoever answers to what was not told, or with a key of another, changes nothing",
          "devices/provisioning: acknowledges with the key it was given and no other: MS-ASPROV_R657, R658",
        ],
      },
    ],
  },
  {
    who: "A user, with their own password",
    threats: [
      {
        wants: "sees or touches what is another user's",
        inTheWay:
          "every record lies under the account that the server verified; ids are derived with a secret; the portal finds nothing else",
        tests: [
          "portal/devices: finds nothing under another user's device, just as under one that nobody has",
          "devices/registry: are for devices that are there: another user's is none",
          "clients/older: two accounts on one device, with one device id, keep apart: BlackBerry PlayBook",
          "portal/inspector: is nothing for another user, with or without a script",
        ],
      },
      {
        wants: "has another device wiped",
        inTheWay:
          "RemoteWipe leaves one place in the code, for the ordered user and device; orders are durable before they are told",
        tests: [
          "devices/wipe: whatever is stored, asked and allowed: only what was ordered, of that kind, and is not over",
          "devices/wipe: of another user, or of another device, hears nothing",
          "devices/registry: is not said to be ordered when the store fails in the middle, whatever it fails at",
        ],
      },
      {
        wants: "takes back what an administrator decided of their device",
        inTheWay: "who decided is kept with the decision; users take back their own, and those of no rule",
        tests: [
          "devices/registry: of a user do not take back what was decided above",
          "devices/registry: of a user let nothing in that the rules block",
        ],
      },
      {
        wants: "fills the store or the memory",
        inTheWay:
          "devices of a user, requests of a device, large bodies of a user, sizes and depths of documents, unpacked ones too",
        tests: [
          "devices/flood: 300 device ids in a minute leave as many devices as allowed, and the store is seldom looked through",
          "server/requests-at-once: one device has sixteen requests under way at once, and another device of the user its own",
          "server/bodies: are received a few at a time, and who waits for changes or sends little is not in their way",
          "trouble/wire: refuses a bomb long before it is unpacked",
          "wire/wbxml: what is nested deeper than the limit",
          "wire/wbxml: more octets or elements than the limits",
        ],
      },
      {
        wants: "puts a script into what others see",
        inTheWay:
          "text is escaped by the template engine, and a strict content policy; what runs in a page is taken out of mail that is answered",
        tests: [
          "portal/devices: is text and nothing else on every page",
          "portal/inspector: shows what the device sent as text",
          "conversation/redact: has nothing that a terminal obeys",
          "protocol/html: %j is %j",
        ],
      },
      {
        wants: "sends as somebody else",
        inTheWay: "the sender is one of the account's addresses; addresses cannot end a command",
        tests: [
          "mapping/outgoing/outgoing: is not sent by somebody else on the user's behalf",
          "mapping/outgoing/addresses: never gives what could end a command to a server, and ends soon",
        ],
      },
    ],
  },
  {
    who: "Another web site in the user's browser",
    threats: [
      {
        wants: "sends the portal's forms, or sends one again",
        inTheWay: "same-site cookies, tokens of session and form, each good once, the origin",
        tests: [
          "portal/devices: of another site is refused, whatever it knows",
          "portal/devices: without its token, with another session's or another form's, is refused",
          "portal/devices: works once, also when it is sent twice at once",
        ],
      },
      {
        wants: "keeps, steals or plants a session",
        inTheWay:
          "a new id with each login, of which the store knows a hash; it ends with the logout, by idleness and by age",
        tests: [
          "portal/login: is nothing without its record: after the logout its cookie opens nothing",
          "portal/login: is a new one with each login, whatever the browser was given before",
          "portal/login: has a cookie that scripts and other sites' pages do not get, and under TLS no other host can set",
        ],
      },
      {
        wants: "frames a page, guesses a type, leads elsewhere",
        inTheWay: "headers with every answer; no redirect to another site",
        tests: [
          "server/security-headers: %s %s is told to be no page, in no frame, and nothing but its type",
          "portal/login: is led back to what was asked for, and never to another site",
        ],
      },
    ],
  },
  {
    who: "A server behind that is broken, or not what it says",
    threats: [
      {
        wants: "gets passwords sent elsewhere",
        inTheWay: "addresses come from the configuration; redirects lead to the same host only",
        tests: [
          "backends/twin: follow redirects on the same server with method and body, and no others",
          "backends/imap-trouble: says its password to nobody when the server forbids it in the clear",
        ],
      },
      {
        wants: "makes phones delete everything",
        inTheWay: "a brake: a listing that lacks much is confirmed half a minute later",
        tests: ["trouble/brakes: is not believed when it has them again; what changed meanwhile arrives at once"],
      },
    ],
  },
  {
    who: "Somebody who reads the disk, the store or the log",
    threats: [
      {
        wants: "finds passwords",
        inTheWay:
          "none that the gateway could open by itself is stored; a type of its own keeps them out of logs and errors",
        tests: [
          "trouble/wire: leaves neither password nor header in the log",
          "server/login-limits: writes nothing down that could tell a password, or whose it was",
          "server/own-passwords: is kept so that the store does not tell it",
          "portal/login: leaves no credential in the store, and no id that would be one",
          "backends/imap-trouble: errors name neither user nor password",
        ],
      },
      {
        wants: "finds what people wrote",
        inTheWay:
          "only revisions are stored; conversations hold contents when the phone's user agreed, in files for the gateway's user alone",
        tests: [
          "conversation/secrets: holds nothing that anybody wrote or is called, and no credentials",
          "conversation/conversations: lies in a file that only the gateway's user may read, whose name says nothing a device chose",
        ],
      },
    ],
  },
  {
    who: "An administrator who goes too far, or whose password is known",
    threats: [
      {
        wants: "acts as somebody, unseen",
        inTheWay: "an account of their own, a second factor, the password again before a wipe, an audit log",
        tests: [
          "portal/login: with a second factor needs its code as well, and each code once",
          "portal/devices: wipes with the own password only, and the audit log says who it was",
          "portal/login: sees nothing as a user, and a user nothing as administrator",
        ],
      },
      {
        wants: "reads what people write",
        inTheWay: "contents are recorded if the phone's user agrees, and nobody else can",
        tests: ["portal/inspector: keeps contents when the owner agrees, and never because an administrator asks"],
      },
      {
        wants: "erases whole phones",
        inTheWay: "a switch that forbids it for good; the account alone is erased, or nothing",
        tests: [
          "devices/wipe: by a configuration that forbids it, whatever was ordered before",
          "portal/devices: is not offered, and not given, a full wipe that the configuration forbids",
        ],
      },
    ],
  },
];

/** The page. */
export function threatModel(): string {
  const sections = threats.map(({ who, threats: rows }) => {
    const lines = rows.map(({ wants, inTheWay, tests }) => {
      const told = tests.map((test) => `\`${test.replaceAll("|", "\\|")}\``).join("; ");
      return `| ${wants} | ${inTheWay} | ${told} |`;
    });
    return [`## ${who}`, "", "| wants to, or does | in the way | tests |", "|---|---|---|", ...lines].join("\n");
  });
  return `<!-- Made by \`npm run generate\` from test/docs/threats.ts. -->
# Threat model

What is worth protecting: people's mail, calendars and contacts on the servers behind; their passwords; their phones,
which a wipe erases; and that all of it works. A phone is let in by the password that its server verifies, and by nothing
else. Trusted are the gateway's machine and its user, the state store, the servers behind with the data of their own users,
and the proxies that the configuration names.

A test is named by its file in \`test/\` and its title, those with \`.live\` run by \`npm run test:servers\`; a test checks
that all of them are there.

${sections.join("\n\n")}

## What nothing here stands in the way of

- **Who runs the gateway** sees passwords in its memory while a request or a wait needs them: servers want them with each
  request.
- **A flood** that fills the line, or comes from very many addresses at once, is for the network in front.
- **A user's own phone** may do with their data what its user may; an unlocked phone is its finder's until it is wiped.
- **A wipe is a request**: a phone that is switched off, or a program that ignores it, keeps what it has. Change the
  password as well, once the wipe was ordered.
- **A client that takes its answer octet by octet** holds it for as long: it has logged in, and its user has few large
  requests at once.
`;
}

/** Every title of a test, with its file. */
export function testTitles(): ReadonlySet<string> {
  const files = readdirSync("test", { recursive: true, encoding: "utf8" }).filter((name) =>
    /\.(?:test|live)\.tsx?$/.test(name),
  );
  return new Set(
    files.flatMap((name) => {
      const file = name.replace(/\.test\.tsx?$/, "").replace(/\.live\.tsx?$/, ".live");
      const source = readFileSync(join("test", name), "utf8");
      const titles = source.matchAll(/^\s*(?:(?:it|test)\(|\](?: as const)?\)\()\s*"([^"]+)"/gm);
      return [...titles].map(([, title]) => `${file}: ${title}`);
    }),
  );
}
