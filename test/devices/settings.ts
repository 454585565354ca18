import { checkConfig } from "../../src/config.ts";
import { createAdmission, type Standing } from "../../src/devices/admission.ts";
import type { DeviceSettings } from "../../src/devices/rules.ts";
import { noMetrics } from "../../src/metrics.ts";
import { createMemoryState } from "../../src/state/memory.ts";
import { collector } from "../trouble/world.ts";

/** The `devices` section as configured, with `groups`. */
export function deviceSettings(devices: object = {}, groups: object = {}, policies: object = {}): DeviceSettings {
  const backends = [{ dav: { url: "http://127.0.0.1:1/" } }];
  const config = checkConfig({ backends, devices, groups, policies });
  return { ...config.devices, groups: config.groups, policies: config.policies };
}

/** How a device stands of which nobody says anything. */
export function anyStanding(version: Standing["rules"]["versions"]["lowest"] = "14.1"): Standing {
  const admission = createAdmission({
    state: createMemoryState(),
    settings: deviceSettings(),
    metrics: noMetrics,
    log: collector([]),
    now: Date.now,
  });
  const scope = { user: "anna", device: "phone" };
  return admission.pass({ scope, names: ["anna"], deviceType: "test", userAgent: "", version });
}
