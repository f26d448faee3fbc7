// The syntax tree: a union on `kind`, each node with its span. Words stay unexpanded, so that parsing needs
// no environment. https://github.com/moby/buildkit (Dockerfile frontend 1.20)

/** A place in the source: line and column count from 1, in UTF-16 units; offset from 0. */
export interface Position {
  readonly line: number;
  readonly column: number;
  readonly offset: number;
}

/** A half-open range of the source. */
export interface Span {
  readonly start: Position;
  readonly end: Position;
}

/** A word as written (continuations joined), quotes and variables untouched. */
export interface Word {
  readonly text: string;
  readonly span: Span;
}

/** `key=value` of ENV and LABEL; the legacy form `ENV key value` has one pair whose value is all the rest. */
export interface Pair {
  readonly key: Word;
  readonly value: Word;
}

/** A here-document. `expand` is false when any part of its word was quoted; `chomp` for `<<-` (tabs are already stripped from content). */
export interface Heredoc {
  readonly name: string;
  readonly fileDescriptor: number;
  readonly expand: boolean;
  readonly chomp: boolean;
  readonly content: string;
  /** The body as written, leading tabs included, as it goes into a trigger of ONBUILD or to a shell. */
  readonly raw: string;
  readonly span: Span;
}

/** Shell form keeps its text for the SHELL in force; exec form is a list of arguments. */
export type Command =
  | { readonly form: "shell"; readonly text: string }
  | { readonly form: "exec"; readonly args: readonly string[] };

export type CopySource =
  | { readonly kind: "path"; readonly word: Word }
  | { readonly kind: "heredoc"; readonly heredoc: Heredoc };

export type MountType = "bind" | "cache" | "tmpfs" | "secret" | "ssh";

/** Options of `RUN --mount` as written: keys lower case, in order, values unexpanded (`undefined` for a bare key). */
export interface Mount {
  /** `bind` when not given; absent when it has variables, until `resolveMount` knows. */
  readonly type?: MountType;
  readonly options: ReadonlyMap<string, string | undefined>;
  readonly text: string;
  readonly span: Span;
}

/** A duration in nanoseconds; 0 means inherit. */
export interface HealthcheckOptions {
  readonly intervalNs?: number;
  readonly timeoutNs?: number;
  readonly startPeriodNs?: number;
  readonly startIntervalNs?: number;
  readonly retries?: number;
}

interface InstructionBase {
  /** The whole instruction, heredocs included. */
  readonly span: Span;
  /** The keyword as written, for the check on casing. */
  readonly keyword: Word;
  /** The text as written with continuations joined and comments dropped, without heredoc bodies. */
  readonly source: string;
  /** The comments directly above, without `#`: where `# NAME text` describes a stage or an argument. */
  readonly comments: readonly string[];
}

export interface FromInstruction extends InstructionBase {
  readonly kind: "from";
  readonly image: Word;
  readonly platform?: Word;
  /** The stage name as written; names compare lower case. */
  readonly as?: Word;
  /** The word `AS` as written, for the check on casing. */
  readonly asKeyword?: Word;
}
export interface ArgDeclaration {
  readonly name: Word;
  /** Absent: no default (different from an empty one). */
  readonly value?: Word;
}
export interface ArgInstruction extends InstructionBase {
  readonly kind: "arg";
  readonly args: readonly ArgDeclaration[];
}
export interface EnvInstruction extends InstructionBase {
  readonly kind: "env";
  readonly pairs: readonly Pair[];
  readonly legacy: boolean;
}
export interface LabelInstruction extends InstructionBase {
  readonly kind: "label";
  readonly pairs: readonly Pair[];
  readonly legacy: boolean;
}
interface TransferInstruction extends InstructionBase {
  readonly sources: readonly CopySource[];
  readonly destination: Word;
  readonly chown?: Word;
  readonly chmod?: Word;
  readonly link: boolean;
  readonly excludes: readonly Word[];
}
export interface CopyInstruction extends TransferInstruction {
  readonly kind: "copy";
  readonly from?: Word;
  readonly parents: boolean;
}
export interface AddInstruction extends TransferInstruction {
  readonly kind: "add";
  readonly checksum?: Word;
  readonly keepGitDir?: boolean;
  readonly unpack?: boolean;
}
export interface RunInstruction extends InstructionBase {
  readonly kind: "run";
  readonly command: Command;
  readonly heredocs: readonly Heredoc[];
  readonly mounts: readonly Mount[];
  readonly network?: "default" | "none" | "host";
  readonly security?: "sandbox" | "insecure";
  readonly devices: readonly Word[];
}
export interface CmdInstruction extends InstructionBase {
  readonly kind: "cmd";
  readonly command: Command;
}
export interface EntrypointInstruction extends InstructionBase {
  readonly kind: "entrypoint";
  readonly command: Command;
}
export interface UserInstruction extends InstructionBase {
  readonly kind: "user";
  readonly user: Word;
}
export interface WorkdirInstruction extends InstructionBase {
  readonly kind: "workdir";
  readonly path: Word;
}
export interface ExposeInstruction extends InstructionBase {
  readonly kind: "expose";
  readonly ports: readonly Word[];
}
export interface VolumeInstruction extends InstructionBase {
  readonly kind: "volume";
  readonly paths: readonly Word[];
}
export interface StopSignalInstruction extends InstructionBase {
  readonly kind: "stopsignal";
  readonly signal: Word;
}
export interface HealthcheckInstruction extends InstructionBase {
  readonly kind: "healthcheck";
  /** `undefined` is HEALTHCHECK NONE. */
  readonly command?: Command;
  readonly options: HealthcheckOptions;
}
export interface ShellInstruction extends InstructionBase {
  readonly kind: "shell";
  readonly args: readonly string[];
}
export interface MaintainerInstruction extends InstructionBase {
  readonly kind: "maintainer";
  readonly name: string;
}
export interface OnbuildInstruction extends InstructionBase {
  readonly kind: "onbuild";
  /** The trigger as it goes into the image's config: one line, or several with heredocs. */
  readonly trigger: string;
  readonly instruction: StageInstruction;
}

/** What may stand inside a stage. */
export type StageInstruction =
  | ArgInstruction
  | EnvInstruction
  | LabelInstruction
  | CopyInstruction
  | AddInstruction
  | RunInstruction
  | CmdInstruction
  | EntrypointInstruction
  | UserInstruction
  | WorkdirInstruction
  | ExposeInstruction
  | VolumeInstruction
  | StopSignalInstruction
  | HealthcheckInstruction
  | ShellInstruction
  | MaintainerInstruction
  | OnbuildInstruction;

export type Instruction = FromInstruction | StageInstruction;

export interface Stage {
  readonly index: number;
  /** Lower case; undefined when the stage has no AS. */
  readonly name?: string;
  readonly from: FromInstruction;
  readonly instructions: readonly StageInstruction[];
  readonly span: Span;
}

export interface Directives {
  readonly syntax?: Word;
  readonly escape: "\\" | "`";
  readonly check?: Word;
}

export interface Dockerfile {
  readonly path: string;
  readonly source: string;
  readonly directives: Directives;
  /** ARGs before the first FROM. */
  readonly globalArgs: readonly ArgInstruction[];
  readonly stages: readonly Stage[];
  /** Things worth telling that are no errors, e.g. blank lines inside a continuation. */
  readonly warnings: readonly ParseWarning[];
}

export interface ParseWarning {
  readonly code: "NoEmptyContinuation";
  readonly message: string;
  readonly span: Span;
}
