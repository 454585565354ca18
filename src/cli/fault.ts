import { type Fault, type FaultPoint, faultPoints, noFault } from "../sync/faults.ts";
import { CliError } from "./cli-error.ts";

/**
 * For kill tests only: `ISTHMUS_FAULT=point` or `point:n` kills the process with SIGKILL, as a power switch would, when
 * that point is passed for the n-th time. Refused unless `ISTHMUS_FAULT_INJECTION=yes` stands beside it, so that no
 * forgotten variable ends a server.
 * @throws CliError (2)
 */
export function readFault(environment: NodeJS.ProcessEnv): Fault {
  const wanted = environment.ISTHMUS_FAULT;
  if (wanted === undefined || wanted === "") return noFault;
  if (environment.ISTHMUS_FAULT_INJECTION !== "yes") {
    throw new CliError("ISTHMUS_FAULT kills the gateway on purpose: for tests, with ISTHMUS_FAULT_INJECTION=yes", 2);
  }
  const [, name = "", count = "1"] = /^([a-z-]+)(?::([1-9]\d{0,8}))?$/.exec(wanted) ?? [];
  const point = faultPoints.find((known) => known === name);
  if (point === undefined)
    throw new CliError(`ISTHMUS_FAULT=${wanted}: one of ${faultPoints.join(", ")}, or with :n`, 2);
  return killAt(point, Number(count));
}

function killAt(point: FaultPoint, count: number): Fault {
  let passed = 0;
  return (now) => {
    if (now !== point) return;
    passed += 1;
    if (passed === count) process.kill(process.pid, "SIGKILL");
  };
}
