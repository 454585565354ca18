/** Certificates for one test: made by openssl, in a folder that goes with it. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";

export interface Authority {
  readonly folder: string;
  /** Of the authority itself (PEM). */
  readonly caFile: string;
  /** Signs a certificate for this name; `more` are extensions such as `subjectAltName=email:anna@example.org`. */
  sign(name: string, more?: readonly string[]): { readonly certFile: string; readonly keyFile: string };
}

/** An authority that nobody else knows. */
export function createAuthority(): Authority {
  const folder = mkdtempSync(join(tmpdir(), "isthmus-certificates-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const run = (...words: readonly string[]) => execFileSync("openssl", words, { cwd: folder, stdio: "pipe" });
  const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
  run("req", "-x509", ...key, "-keyout", "ca.key", "-out", "ca.pem", "-days", "2", "-subj", "/CN=Authority");
  let number = 0;
  return {
    folder,
    caFile: join(folder, "ca.pem"),
    sign(name, more = []) {
      number += 1;
      const stem = `leaf${number}`;
      run("req", "-new", ...key, "-keyout", `${stem}.key`, "-out", `${stem}.csr`, "-subj", `/CN=${name}`);
      writeFileSync(join(folder, `${stem}.ext`), more.join("\n"));
      const signer = ["-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days", "2"];
      run("x509", "-req", "-in", `${stem}.csr`, ...signer, "-out", `${stem}.pem`, "-extfile", `${stem}.ext`);
      return { certFile: join(folder, `${stem}.pem`), keyFile: join(folder, `${stem}.key`) };
    },
  };
}
