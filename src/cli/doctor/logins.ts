/** Logins: why one is refused, and how to keep one phone's wrong passwords from locking out all. */

import type { BackendConfig, Config } from "../../config.ts";
import { BackendError } from "../../errors.ts";
import { advice, bad, type Finding, good } from "./finding.ts";
import type { Product } from "./glance.ts";

/** Milliseconds: Nextcloud checks an app password in 25 ms, and a login password in 200 to 400. */
const slowLogin = 150;

/** What a failed login means, and what to do. @throws what is no BackendError. */
export function explainLogin(error: unknown, user: string, product: Product): Finding {
  if (!(error instanceof BackendError)) throw error;
  if (error.reason === "disabled") {
    const mend = product === "Nextcloud" ? `occ user:enable ${user}` : "enable it at the server";
    return bad(`the account ${user} is disabled: phones are told so, and stay away`, mend);
  }
  if (error.reason === "app-password") {
    return bad(
      `the login ${user} is refused: with two factors the server takes app passwords only`,
      "make one: Settings, Security, Devices & sessions",
    );
  }
  if (error.reason === "maintenance") {
    return bad(
      "the server is in maintenance: phones are told to come later, and lose nothing",
      "end it (Nextcloud: occ maintenance:mode --off)",
    );
  }
  if (error.status === 429) {
    const time = error.retryAfter === undefined ? "for half an hour at most" : `for ${error.retryAfter} s`;
    return bad(
      `the server takes no logins from this address now, after too many wrong passwords (429), ${time}`,
      product === undefined || product === "Nextcloud"
        ? "wait, or at once: occ security:bruteforce:reset <this machine's address>; then see below how to prevent it"
        : "wait",
    );
  }
  if (error.kind === "busy") return bad(`the server asks for patience: ${error.message}`, "wait, and try again");
  if (error.kind !== "auth") {
    return bad(
      `no account was found: ${error.message}`,
      "check dav.url: the server's DAV address, as other clients use it",
    );
  }
  return bad(`the login ${user} is refused`, mendRefusal(user, product));
}

function mendRefusal(user: string, product: Product): string {
  if (product !== "Nextcloud")
    return "check name and password with another client; login.at and login.backslash say how typed names are passed on";
  const name = user.includes("@") ? ": the mail address is taken with the login password only" : "";
  return (
    "make an app password (Settings, Security, Devices & sessions) and use it with the account name, " +
    `not the mail address${name}`
  );
}

/** Whether a login costs the server more than it should. `milliseconds` is of one request. */
export function* checkLoginTime(milliseconds: number, product: Product): Generator<Finding> {
  if (milliseconds < slowLogin) return;
  yield advice(
    `the server takes ${Math.round(milliseconds)} ms to check this password, at each request`,
    product === "Nextcloud"
      ? "use an app password (Settings, Security, Devices & sessions): it is checked ten times faster"
      : "use an app password, where the server has them, or a cheaper hash of passwords there",
  );
}

/** How our address is seen, and by what wrong passwords are counted. */
export function* adviseLogins(
  config: Config,
  set: BackendConfig,
  product: Product,
  ours: string | undefined,
): Generator<Finding> {
  const { perClient, refusals } = set.logins;
  if (perClient) yield checkPerClient(config);
  if (product !== "Nextcloud") return;
  yield advice(
    "let users log in with app passwords: a login password costs Nextcloud ten times the work at each request",
    "Settings, Security, Devices & sessions: one app password per phone",
  );
  if (perClient) return;
  const address = ours ?? "<gateway address>";
  yield advice(
    "after 11 wrong passwords Nextcloud locks out the gateway's address, and with it everybody; " +
      `so after ${refusals} new logins wait`,
    `allow it: occ config:app:set bruteForce whitelist_0 --value=${address}/${address.includes(":") ? 128 : 32}; ` +
      `or let Nextcloud count by phone: occ config:system:set trusted_proxies 0 --value=${address}, ` +
      "and here backends[].logins.perClient: true",
  );
}

function checkPerClient({ listen }: Config): Finding {
  if (listen.trustProxy !== false || !isOwn(listen.host)) {
    return good("wrong passwords are counted by the phone's address, as the server is told it");
  }
  return bad(
    "wrong passwords are counted by the phone's address, but all come from the proxy's: its X-Forwarded-For is not believed",
    "set listen.trustProxy",
  );
}

/** What X-Forwarded-For is worth here. */
export function* checkForwarded({ listen }: Config): Generator<Finding> {
  const { trustProxy, tls, host } = listen;
  if (trustProxy === false) {
    if (!isOwn(host) || tls) return;
    yield advice(
      "a proxy's X-Forwarded-For is not believed: all phones seem to have its address, in the log and for login limits",
      "set listen.trustProxy: true if a proxy is in front, and it sets this header",
    );
  } else if (Array.isArray(trustProxy)) {
    yield good(`X-Forwarded-For is believed from ${trustProxy.join(", ")}`);
  } else {
    const told = trustProxy === true || trustProxy === 1 ? "its last element" : `the last ${trustProxy} elements`;
    const says = `X-Forwarded-For is believed: ${told}, from whoever connects`;
    if (isOwn(host)) yield good(says);
    else
      yield advice(says, "let nobody reach this port past the proxy, or name the proxy's address in listen.trustProxy");
  }
}

/** An address that only this machine reaches. */
export function isOwn(host: string): boolean {
  return host === "localhost" || host.startsWith("127.") || host === "::1" || host === "[::1]";
}
