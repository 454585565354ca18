import type { Backend } from "../../backends/backend.ts";
import type { Config } from "../../config.ts";
import type { Secret } from "../../log.ts";
import { createBackend } from "../../main.ts";
import { findLogin } from "../../server/login-name.ts";
import { checkAccount, createRemarks } from "./account.ts";
import { checkDiscovery } from "./discovery.ts";
import { bad, type Finding } from "./finding.ts";
import { checkFolder } from "./folder.ts";
import type { Product } from "./glance.ts";
import { adviseLogins } from "./logins.ts";
import { checkMail } from "./mail.ts";
import type { Names } from "./names.ts";
import { adviseHook, checkListen } from "./push.ts";
import { checkServer } from "./server.ts";
import { checkStore } from "./store.ts";
import { checkTls } from "./tls.ts";

export interface DiagnoseOptions {
  /** Without one the account is not looked at. */
  readonly login?: { readonly user: string; readonly password: Secret };
  readonly now?: () => number;
  /** Without them DNS is not asked. */
  readonly names?: Names;
  /** Stand in for the configured ones, by the name of their set. */
  readonly backends?: ReadonlyMap<string, Backend>;
}

/** Looks at everything a configuration names, one finding after the other. Changes nothing. */
export async function* diagnose(config: Config, options: DiagnoseOptions = {}): AsyncGenerator<Finding> {
  const { login, now = Date.now } = options;
  yield* checkFolder(config);
  yield* checkStore(config);
  yield* checkListen(config);
  yield* checkTls(config, now());
  if (options.names) yield* checkDiscovery(config, options.names, login?.user);
  const asked = login && loginOf(config, options, login.user);
  if (login && !asked) yield bad(`no backend takes the login ${login.user}`, "leave `domains` of one backend empty");
  const products = new Set<Product>();
  for (const set of config.backends) {
    const seen = options.backends?.has(set.name) ? undefined : yield* checkServer(set, now);
    const product = seen?.product;
    products.add(product);
    yield* adviseLogins(config, set, product, seen?.ours);
    if (!login || asked?.set.name !== set.name) continue;
    const remarks = createRemarks();
    const given = options.backends?.get(set.name);
    const backend = given ?? createBackend(set, { log: remarks.log });
    const account = yield* checkAccount(backend, { user: asked.user, password: login.password, product }, remarks);
    if (account) yield* checkMail(set, account);
    if (!given) await backend.close();
  }
  for (const product of products) yield* adviseHook(config, product);
}

/** Undefined when no backend set takes this login. */
function loginOf(config: Config, { backends }: DiagnoseOptions, typed: string) {
  const sets = config.backends.map((set) => ({ ...set, backend: backends?.get(set.name) ?? nobody }));
  try {
    return findLogin(sets, typed);
  } catch {
    return undefined;
  }
}

/** Only asked for who it is. */
const nobody: Backend = {
  login: () => Promise.reject(new Error("not to be used")),
  close: () => Promise.resolve(),
};
