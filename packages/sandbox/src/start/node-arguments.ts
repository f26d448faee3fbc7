// Which of our own Node's options the worker's Node needs: those that decide what is loaded, and nothing that debugs,
// preloads or tests. A checkout's worker runs the source or the compiled form, as we do.

const kept =
  /^--(conditions=.*|(no-)?experimental-(strip-types|transform-types)|no-warnings|disable-warning=.*)$/;
const keptWithValue = new Set(["-C", "--conditions", "--disable-warning"]);

export function nodeArguments(execArgv: readonly string[]): string[] {
  const args: string[] = [];
  for (let i = 0; i < execArgv.length; i++) {
    const arg = execArgv[i] ?? "";
    const value = execArgv[i + 1];
    if (kept.test(arg)) args.push(arg);
    else if (keptWithValue.has(arg) && value !== undefined) {
      args.push(arg, value);
      i++;
    }
  }
  return args;
}
