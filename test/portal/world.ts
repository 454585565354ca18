/** A gateway with a portal, users and phones in memory. */
import { TOTP } from "otpauth";
import { createDevice, type Device } from "../../conformance/device/device.ts";
import { Secret } from "../../src/log.ts";
import { hashPassword } from "../../src/portal/password-hash.ts";
import { startTestGateway, type TestGateway, type TestGatewayOptions } from "../gateway/start.ts";
import { type Browser, createBrowser } from "./browser.ts";

export const adminPassword = "correct horse battery";
export const totpSecret = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP";
/** Made once: each takes some 80 ms. */
const passwordHash = await hashPassword(new Secret(adminPassword));

export interface World {
  readonly gateway: TestGateway;
  browser(): Browser;
  /** A phone of anna's, unless told otherwise, that has fetched its folders. */
  phone(options?: PhoneOptions): Promise<Device>;
  /** A browser in which a user is logged in. */
  asUser(name?: string): Promise<Browser>;
  asAdmin(): Promise<Browser>;
  end(): Promise<void>;
}

export interface PhoneOptions {
  readonly user?: string;
  readonly deviceId?: string;
  readonly deviceType?: string;
  readonly userAgent?: string;
  readonly version?: "2.5" | "12.1" | "14.1" | "16.0" | "16.1";
}

export const users = { anna: "secret", bob: "hidden" } as const;

export async function startWorld({ settings, memory, ...options }: TestGatewayOptions = {}): Promise<World> {
  const admins = [
    { name: "root", passwordHash },
    { name: "totp", passwordHash, totpSecret },
  ];
  const gateway = await startTestGateway({
    ...options,
    memory: { users, ...memory },
    settings: { portal: { admins }, ...settings },
  });
  const phones: Device[] = [];
  const browser = () => createBrowser(gateway.url);

  return {
    gateway,
    browser,
    async phone({ user = "anna", version = "14.1", ...device } = {}) {
      const password = user === "bob" ? users.bob : users.anna;
      const phone = createDevice({ url: gateway.url, user, password, version, queryForm: "plain", ...device });
      phones.push(phone);
      await phone.folderSync();
      return phone;
    },
    async asUser(name = "anna") {
      const one = browser();
      await one.open("/portal/login");
      const password = name === "bob" ? users.bob : users.anna;
      await one.submit("/portal/login", { name, password });
      return one;
    },
    async asAdmin() {
      const one = browser();
      await one.open("/portal/admin/login");
      await one.submit("/portal/admin/login", { name: "root", password: adminPassword });
      return one;
    },
    async end() {
      for (const phone of phones) phone.close();
      await gateway.end();
    },
  };
}

/** The code that an authenticator shows at a time (milliseconds since 1970). */
export function codeAt(timestamp: number): string {
  return new TOTP({ secret: totpSecret }).generate({ timestamp });
}
