// How much of a process's output may be on its way to the main process: who writes more waits until some of it has been
// handed on there, so that a process that prints without end takes no memory.

const limitBytes = 1024 * 1024;

export class OutputWindow {
  #underWay = 0;
  #waiting: (() => void)[] = [];

  /** Bytes have been sent. The promise, if there is one, is for when more may be. */
  sent(bytes: number): Promise<void> | undefined {
    this.#underWay += bytes;
    if (this.#underWay < limitBytes) return undefined;
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  /** Bytes have been handed on. */
  taken(bytes: number): void {
    this.#underWay -= bytes;
    if (this.#underWay >= limitBytes) return;
    for (const resume of this.#waiting.splice(0)) resume();
  }
}
