/**
 * What Radicale's storage hook runs: tells the gateway that something changed. On a server this is one line with curl
 * (docker/README.md); the demo asks for nothing but Node.
 *
 *   node hook.js ADDRESS HEADER-FILE USER
 */
import { readFileSync } from "node:fs";
import { request } from "node:http";

const [address = "", headerFile = "", user = ""] = process.argv.slice(2);
const url = new URL("/hooks/changed", address);
url.searchParams.set("user", user);
const [, authorization = ""] = /^Authorization: (.*)$/m.exec(readFileSync(headerFile, "utf8")) ?? [];
const headers = { Authorization: authorization, "Content-Length": "0" };
const told = request(url, { method: "POST", headers, timeout: 5_000 }, (answer) => {
  answer.resume();
  if (answer.statusCode !== 204) process.exitCode = 1;
});
told.on("timeout", () => told.destroy());
told.on("error", () => {
  process.exitCode = 1;
});
told.end();
