import type { Emit } from "../emit.ts";
import type { Strings } from "../strings.ts";
import type { Refusal } from "./api.ts";
import type { Problem } from "./conversation.ts";

export type Problems = ReturnType<typeof createProblems>;

/** The reason why the portal does not answer. `changed` is called with each. */
export function createProblems(emit: Emit, changed: () => void) {
  let closedFor: Problem | null = null;

  return {
    explain,
    closedFor: () => closedFor,
    clear(): void {
      closedFor = null;
    },
  };

  /** The text for the visitor. A widget that is off, or not allowed on this website, accepts no more questions. */
  function explain({ status, message }: Refusal): Problem {
    const code = status ? message : "network";
    const problem = (/network|rate|long|demo(?=_used)|widget(?!_over|_demo_used)|origin/.exec(code)?.[0] ??
      "failed") as Problem;
    if (/widget|demo|origin/.test(problem)) closedFor = problem;
    emit("error", { code });
    changed();
    return problem;
  }
}

/** The text in place of a missing answer. */
export function why(strings: Strings, problem: Problem): string {
  return {
    failed: strings.$failed,
    network: strings.$network,
    rate: strings.$rate,
    long: strings.$long,
    widget: strings.$widget,
    demo: strings.$demo,
    origin: strings.$origin,
  }[problem];
}
