// One stream read by two consumers in step: what the faster one has not been followed to is held back, so
// memory stays at one chunk.
import type { Bytes } from "@tsbuild/store";

interface Offer {
  readonly result: IteratorResult<Uint8Array>;
}

/** Both halves must be consumed, or returned; the source ends when both have. An error of the source reaches both. */
export function tee(source: Bytes): [Bytes, Bytes] {
  const iterator = source[Symbol.asyncIterator]();
  const open = [true, true];
  const waiting: ((offer: Promise<Offer>) => void)[][] = [[], []];

  const advance = (): void => {
    const sides = [0, 1].filter((side) => open[side]);
    if (sides.length === 0 || sides.some((side) => waiting[side]?.length === 0)) return;
    const takers = sides.map((side) => waiting[side]?.shift());
    const offer = iterator.next().then((result) => ({ result }));
    for (const take of takers) take?.(offer);
  };
  const half = (side: 0 | 1): Bytes => ({
    [Symbol.asyncIterator]: () => ({
      next: async () => {
        const offer = new Promise<Offer>((resolve) => waiting[side]?.push(resolve));
        advance();
        return (await offer).result;
      },
      return: async () => {
        open[side] = false;
        if (open.some(Boolean)) advance();
        else await iterator.return?.();
        return { done: true, value: undefined };
      },
    }),
  });
  return [half(0), half(1)];
}
