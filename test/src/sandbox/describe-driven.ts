// Tests of processes in a sandbox, once for each user that can have one: with a driver that lives as long as they do.
import { afterAll, beforeAll, describe } from "vitest";
import { cannotRun } from "../machine/requirement.ts";
import { canBeDrivenBy, openProcessDriver, type DrivenBy, type ProcessDriver } from "./process-driver.ts";

const all: readonly DrivenBy[] = ["root", "an ordinary user"];

/** @param what what is tested: "a process" */
export function describeDriven(
  what: string,
  body: (driver: () => ProcessDriver, who: DrivenBy) => void,
): void {
  describe.each(all)(`${what} in a sandbox of %s`, (who) => {
    describe.skipIf(cannotRun("processes in a sandbox") || !canBeDrivenBy(who))("on this machine", () => {
      let driver: ProcessDriver | undefined;
      beforeAll(async () => {
        driver = await openProcessDriver(who);
      });
      afterAll(async () => driver?.[Symbol.asyncDispose]());
      body(() => {
        if (driver === undefined) throw new TypeError("There is a driver only while tests run");
        return driver;
      }, who);
    });
  });
}
