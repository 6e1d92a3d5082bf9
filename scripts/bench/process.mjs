// CPU time and memory of a process, as Linux counts them.

import { readdirSync, readFileSync } from "node:fs";

function statusBytes(pid, name) {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  return Number(new RegExp(`^${name}:\\s+(\\d+) kB`, "m").exec(status)[1]) * 1024;
}

/** Resident memory in bytes. */
export const residentMemory = (pid) => statusBytes(pid, "VmRSS");

/** Peak resident memory in bytes. */
export const peakMemory = (pid) => statusBytes(pid, "VmHWM");

/** CPU time of all threads in milliseconds, with nanosecond precision if the kernel has it. */
export function cpuTime(pid) {
  let nanoseconds = 0;
  for (const task of readdirSync(`/proc/${pid}/task`)) {
    nanoseconds += Number(
      readFileSync(`/proc/${pid}/task/${task}/schedstat`, "utf8").split(" ")[0],
    );
  }
  return nanoseconds / 1e6;
}
