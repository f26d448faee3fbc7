// All `-o`, `--push` and `-t` together: what is made, under which names, and what several outputs must agree on.
import type { Output } from "@tsbuild/builder";
import { usageError } from "../cli-error.ts";
import type { CompressionChoice } from "./compression-option.ts";
import { parseOutput, type OutputRequest } from "./output-option.ts";

export interface OutputsRequest {
  readonly outputs: readonly Output[];
  readonly compression?: CompressionChoice | undefined;
  readonly rewriteTimestamp: boolean;
  readonly annotations: Readonly<Record<string, string>>;
  /** Full names whose registries were called insecure by an output. */
  readonly insecureNames: readonly string[];
  /** Standard output carries a stream, so nothing else may be printed there. */
  readonly usesStdout: boolean;
}

export interface OutputsContext {
  readonly cwd: string;
  /** `--push`. */
  readonly push: boolean;
  /** The full names given by -t. */
  readonly tags: readonly string[];
  /** Standard output is a terminal. */
  readonly terminal: boolean;
}

/** Without any `-o` the image goes to the local store. */
export function parseOutputs(values: readonly string[], context: OutputsContext): OutputsRequest {
  const requests = values.map((value) => parseOutput(value, context.cwd));
  const outputs = applyPush(values, requests, context);
  for (const output of outputs) checkNames(output, context.tags);
  const streams = outputs.filter((output) => "dest" in output && output.dest === "-");
  if (streams.length > 1)
    throw usageError("Cannot write two outputs to standard output; give one of them dest=FILE");
  if (streams.length === 1 && context.terminal) {
    throw usageError("Cannot write an archive to a terminal; give the output dest=FILE, or pipe it");
  }
  return {
    outputs,
    compression: agreedCompression(requests),
    rewriteTimestamp: agreedRewrite(requests, outputs.length > requests.length),
    annotations: Object.assign({}, ...requests.map((request) => request.annotations)),
    insecureNames: requests
      .filter((request) => request.insecure)
      .flatMap(({ output }) => (output?.type === "image" ? (output.names ?? context.tags) : [])),
    usesStdout: streams.length === 1,
  };
}

// As docker: --push pushes the image outputs there are, and adds one when there is none.
function applyPush(
  values: readonly string[],
  requests: readonly OutputRequest[],
  context: OutputsContext,
): Output[] {
  const outputs = requests.flatMap(({ output }) => (output === undefined ? [] : [output]));
  if (values.length === 0) return [{ type: "image", push: context.push }];
  // After type=cacheonly alone the image stays in the store without a name.
  if (!context.push) return outputs.length > 0 ? outputs : [{ type: "image", names: [] }];
  const pushed = outputs.map((output) => (output.type === "image" ? { ...output, push: true } : output));
  return pushed.some((output) => output.type === "image")
    ? pushed
    : [...pushed, { type: "image", push: true }];
}

function checkNames(output: Output, tags: readonly string[]): void {
  if (output.type !== "image" || output.push !== true) return;
  if ((output.names ?? tags).length === 0) {
    throw usageError("Cannot push: the image has no name; give it one with -t REGISTRY/NAME:TAG");
  }
}

function agreedCompression(requests: readonly OutputRequest[]): CompressionChoice | undefined {
  const choices = requests.flatMap(({ compression }) => (compression === undefined ? [] : [compression]));
  const texts = new Set(choices.map((choice) => JSON.stringify(choice)));
  if (texts.size > 1) {
    throw usageError(
      "Cannot compress the layers of one build in two ways; give all outputs the same compression",
    );
  }
  return choices[0];
}

function agreedRewrite(requests: readonly OutputRequest[], another: boolean): boolean {
  const asked = requests
    .filter(({ output }) => output !== undefined)
    .map((request) => request.rewriteTimestamp ?? false);
  if (asked.includes(true) && (asked.includes(false) || another)) {
    throw usageError(
      "Cannot rewrite the timestamps of one output only; use --rewrite-timestamp, which is for all",
    );
  }
  return asked.includes(true);
}
