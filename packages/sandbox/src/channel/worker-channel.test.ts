import { LayerError } from "@tsbuild/layer";
import { StoreError } from "@tsbuild/store";
import { describe, expect, it } from "vitest";
import { SandboxError } from "../sandbox-error.ts";
import { openChannel } from "./channel.fixture.ts";
import type { CommandContext } from "./command-server.ts";
import type { RunCommand } from "./message.ts";

const run = { workspace: 1, process: { args: ["sh"] } } as unknown as RunCommand;
const sweep = { folders: [] };

/** Rejects when the command is cancelled, as commands do. */
function untilCancelled({ signal }: CommandContext): Promise<never> {
  return new Promise((_resolve, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason as Error));
  });
}

describe("a command", () => {
  it("is answered, beside others", async () => {
    let finish = () => {};
    const first = new Promise<void>((resolve) => (finish = resolve));
    const { channel } = openChannel({
      run: async () => {
        await first;
        return { status: 7, outOfMemory: false };
      },
      open: async () => {
        finish();
        return 12;
      },
    });
    const running = channel.command("run", run);
    const order = {
      lowers: [],
      stubs: "t0",
      phantoms: [],
      root: { mode: 0, uid: 0, gid: 0, mtimeSec: 0, mtimeNsec: 0 },
    };
    expect(await channel.command("open", order)).toBe(12);
    expect(await running).toEqual({ status: 7, outOfMemory: false });
  });

  it("hands on output and progress before its answer, and all of the progress", async () => {
    const { channel } = openChannel({
      run: async (_order, context) => {
        void context.output("stdout", Buffer.from("one"));
        void context.output("stderr", Buffer.from("two"));
        context.progress(5);
        return { status: 0, outOfMemory: false };
      },
    });
    const seen: unknown[] = [];
    await channel.command("run", run, {
      onOutput: (stream, bytes) => seen.push([stream, Buffer.from(bytes).toString()]),
      onProgress: (bytes) => seen.push(bytes),
    });
    expect(seen).toEqual([["stdout", "one"], ["stderr", "two"], 5]);
  });

  it("tells progress once a MiB", async () => {
    const { channel, sent } = openChannel({
      sweep: async (_order, context) => {
        for (let i = 0; i <= 100; i++) context.progress(i * 100_000);
        return undefined;
      },
    });
    await channel.command("sweep", sweep);
    const told = sent.flatMap((message) => (message.kind === "progress" ? [message.bytes] : []));
    expect(told.length).toBeLessThan(12);
    expect(told.at(-1)).toBe(10_000_000);
  });

  it("that is cancelled ends with the signal's own reason, when the worker has ended it", async () => {
    let ended = false;
    const { channel } = openChannel({
      run: async (_order, context) => {
        try {
          return await untilCancelled(context);
        } finally {
          ended = true;
        }
      },
    });
    const abort = new AbortController();
    const running = channel.command("run", run, { signal: abort.signal });
    const reason = new Error("enough");
    abort.abort(reason);
    await expect(running).rejects.toBe(reason);
    expect(ended).toBe(true);
    await expect(channel.command("run", run, { signal: abort.signal })).rejects.toBe(reason);
  });

  it("is cancelled when a hook throws, and fails with what was thrown", async () => {
    const { channel } = openChannel({
      run: async (_order, context) => {
        void context.output("stdout", Buffer.from("x"));
        return untilCancelled(context);
      },
    });
    const running = channel.command("run", run, {
      onOutput: () => {
        throw new RangeError("full");
      },
    });
    await expect(running).rejects.toThrow(new RangeError("full"));
  });
});

describe("output", () => {
  it("waits while a MiB is under way, and goes on when it has been handed on", async () => {
    const chunk = Buffer.alloc(256 * 1024);
    const order: string[] = [];
    const { channel } = openChannel({
      run: async (_order, context) => {
        for (let i = 0; i < 9; i++) {
          const room = context.output("stdout", chunk);
          order.push(room === undefined ? "sent" : "full");
          await room;
        }
        return { status: 0, outOfMemory: false };
      },
    });
    let bytes = 0;
    await channel.command("run", run, {
      onOutput: (_stream, chunk) => {
        bytes += chunk.length;
        order.push("taken");
      },
    });
    expect(bytes).toBe(9 * chunk.length);
    expect(order.slice(0, 5)).toEqual(["sent", "sent", "sent", "full", "taken"]);
    let underWay = 0;
    const most = order.map((one) => (underWay += one === "taken" ? -1 : 1));
    expect(Math.max(...most)).toBe(4);
  });
});

describe("errors across the channel", () => {
  it.each([
    new SandboxError("NO_SPACE", "Cannot unpack", { facts: { path: "a" }, cause: new Error("ENOSPC") }),
    new LayerError("FILE_CHANGED", "Cannot pack", { facts: { path: "a" } }),
    new StoreError("NO_SPACE", "Cannot write", { path: "a" }),
  ])("come out as they were: %s", async (error) => {
    const { channel } = openChannel({ run: () => Promise.reject(error) });
    const caught: unknown = await channel.command("run", run).catch((error: unknown) => error);
    expect(caught).toBeInstanceOf(error.constructor);
    expect(caught).toMatchObject({ code: error.code, message: error.message, facts: error.facts });
  });

  it("keep the code of the system call behind them", async () => {
    const cause = Object.assign(new Error("no such file"), { code: "ENOENT" });
    const error = new SandboxError("UNPACK_FAILED", "Cannot unpack", { cause });
    const { channel } = openChannel({ run: () => Promise.reject(error) });
    await expect(channel.command("run", run)).rejects.toMatchObject({
      cause: { message: "no such file", code: "ENOENT" },
    });
  });

  it("get the command's own code when they are none of ours", async () => {
    const { channel } = openChannel({
      run: () => Promise.reject(new Error("spawn failed")),
      sweep: () => Promise.reject(Object.assign(new Error("write ENOSPC"), { code: "ENOSPC" })),
    });
    await expect(channel.command("run", run)).rejects.toMatchObject({
      code: "PROCESS_NOT_STARTED",
      message: 'Cannot run "sh": spawn failed',
    });
    await expect(channel.command("sweep", sweep)).rejects.toMatchObject({ code: "NO_SPACE" });
  });
});

describe("the end of the worker", () => {
  it("fails all commands, also later ones, with one error", async () => {
    const { channel } = openChannel({ run: (_order, context) => untilCancelled(context) });
    const running = channel.command("run", run);
    const died = new SandboxError("WORKER_DIED", "Cannot go on");
    channel.end(died);
    await expect(running).rejects.toBe(died);
    await expect(channel.command("sweep", sweep)).rejects.toBe(died);
    expect(channel.isOpen).toBe(false);
  });

  it("by closing cancels what runs, cleans up after that, and serves nothing more", async () => {
    const order: string[] = [];
    const { channel } = openChannel({
      run: (_order, context) => untilCancelled(context).finally(() => order.push("ran")),
      cleanUp: async () => void order.push("cleaned"),
    });
    const running = channel.command("run", run);
    const [ended] = await Promise.allSettled([running, channel.command("close", undefined)]);
    expect(ended.status).toBe("rejected");
    expect(order).toEqual(["ran", "cleaned"]);
    await expect(channel.command("sweep", sweep)).rejects.toThrow(/the sandbox is closed/);
  });
});
