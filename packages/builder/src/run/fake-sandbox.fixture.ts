// For tests: a sandbox that runs nothing. What a process would do is a function of the test; what it would change is a
// literal. Layers, records and everything around them are real.
import { packLayer, type EntryTable } from "@tsbuild/layer";
import { digestHex } from "@tsbuild/oci";
import { layerOf, type LayerLiteral } from "@tsbuild/rootfs";
import type {
  Sandbox,
  SandboxOptions,
  SandboxProcess,
  UnpackOrder,
  Workspace,
  WorkspaceOrder,
} from "@tsbuild/sandbox";

interface FakeProcess extends SandboxProcess {
  readonly order: WorkspaceOrder;
  print(text: string): void;
}

/** What a process gives: the literal of its changes, or its exit status. */
export type Behaviour = (process: FakeProcess) => LayerLiteral | number | Promise<LayerLiteral | number>;

export interface FakeSandbox {
  readonly open: (options: SandboxOptions) => Promise<Sandbox>;
  /** The last argument of every process, in the order of their start. */
  readonly started: string[];
  readonly unpacked: Map<string, UnpackOrder>;
  opened: number;
  /** Workspaces that were opened and are not disposed of. */
  live: number;
  closed: number;
}

export function fakeSandbox(behave: Behaviour): FakeSandbox {
  const fake: FakeSandbox = {
    started: [],
    unpacked: new Map(),
    opened: 0,
    live: 0,
    closed: 0,
    open: async (options) => {
      fake.opened += 1;
      return {
        description: "fake",
        isUnpacked: (name) => fake.unpacked.has(name),
        unpack: async (order) => void fake.unpacked.set(order.name, order),
        readFile: async (name, path) => readIn(fake.unpacked.get(name)?.changes, path),
        open: async (order) => {
          fake.live += 1;
          return workspace(fake, options, order, behave);
        },
        [Symbol.asyncDispose]: async () => void (fake.closed += 1),
      };
    },
  };
  return fake;
}

function workspace(
  fake: FakeSandbox,
  { store }: SandboxOptions,
  order: WorkspaceOrder,
  behave: Behaviour,
): Workspace {
  let changes: EntryTable = layerOf({});
  return {
    run: async (process) => {
      fake.started.push(process.args.at(-1) ?? "");
      const print = (text: string): void => process.onOutput?.("stdout", Buffer.from(text));
      const outcome = await behave({ ...process, order, print });
      process.signal?.throwIfAborted();
      if (typeof outcome === "number") return { status: outcome, outOfMemory: false };
      changes = layerOf(outcome);
      return { status: 0, outOfMemory: false };
    },
    pack: async (options) => {
      const packed = await packLayer(changes, {
        layerFile: () => "",
        write: (bytes) => store.write(bytes),
        ...(options.compression === undefined ? {} : { compression: options.compression }),
      });
      await store.derived.write("index", digestHex(packed.diffId), packed.table.toBytes());
      const { descriptor, diffId } = packed;
      fake.unpacked.set(digestHex(diffId), {
        name: digestHex(diffId),
        changes: packed.table,
        tars: new Map(),
      });
      return { descriptor, diffId, warnings: [] };
    },
    [Symbol.asyncDispose]: async () => void (fake.live -= 1),
  };
}

/** A sentence that stands for the file's content, since the fake keeps no bytes of packed layers. */
function readIn(table: EntryTable | undefined, path: string): Uint8Array | undefined {
  const row = table?.find(path) ?? -1;
  const change = row < 0 ? undefined : table?.at(row);
  if (change?.kind !== "put" || change.entry.kind !== "file") return undefined;
  const { content } = change.entry;
  return content.kind === "bytes" ? content.bytes : undefined;
}
