import type { ProgressEvent } from "@tsbuild/builder";
import { describe, expect, it } from "vitest";
import { canceled, cached, done, failed, output, started, transfer } from "../testing/progress-events.ts";
import { PlainRenderer } from "./plain-renderer.ts";

function render(...events: (ProgressEvent | { readonly tickMs: number })[]): string {
  let text = "";
  const renderer = new PlainRenderer((piece) => (text += piece));
  for (const event of events) {
    if ("tickMs" in event) renderer.tick(event.tickMs);
    else renderer.report(event);
  }
  renderer.close();
  renderer.close();
  return text;
}

describe("PlainRenderer", () => {
  it("writes a build as BuildKit does", () => {
    const text = render(
      started(1, "[internal] load build definition from Dockerfile", 0),
      transfer(1, "transferring dockerfile:", 32, undefined, true, 10),
      done(1, 20),
      started(2, "[builder 1/5] FROM docker.io/library/node:24", 20),
      cached(2, 30),
      started(3, "[builder 2/5] COPY . /app", 40),
      transfer(3, "sha256:aaaa", 0, 60_100_000, false, 50),
      transfer(3, "sha256:aaaa", 1_000_000, 60_100_000, false, 900),
      transfer(3, "sha256:aaaa", 12_340_000, 60_100_000, false, 2250),
      transfer(3, "sha256:aaaa", 60_100_000, 60_100_000, true, 3050),
      done(3, 3040),
      started(4, "[builder 3/5] RUN make", 3100),
      output(4, "compiling\nlink", 3612),
      output(4, "ing\n", 4000),
      output(4, "no newline at the end", 4100),
      failed(4, "exit code: 2", 4200),
    );
    expect(text).toBe(`\
#1 [internal] load build definition from Dockerfile
#1 transferring dockerfile: 32B 0.0s done
#1 DONE 0.0s

#2 [builder 1/5] FROM docker.io/library/node:24
#2 CACHED

#3 [builder 2/5] COPY . /app
#3 sha256:aaaa 12.34MB / 60.10MB 2.2s
#3 sha256:aaaa 60.10MB / 60.10MB 3.0s done
#3 DONE 3.0s

#4 [builder 3/5] RUN make
#4 0.512 compiling
#4 0.512 linking
#4 1.000 no newline at the end
#4 ERROR: exit code: 2
`);
  });

  it("keeps the lines of a step together while another runs beside it", () => {
    const text = render(
      started(1, "one", 0),
      started(2, "two", 10),
      output(2, "from two\n", 20),
      output(1, "from one\n", 30),
      done(2, 40),
      output(1, "again one\n", 50),
      done(1, 60),
    );
    expect(text).toBe(`\
#1 one
#1 0.030 from one
#1 0.050 again one
#1 DONE 0.1s

#2 two
#2 0.010 from two
#2 DONE 0.0s
`);
  });

  it("gives the floor to a step that waits after five seconds, also when nothing happens but time", () => {
    const text = render(
      started(1, "one", 0),
      started(2, "two", 10),
      output(2, "from two\n", 20),
      { tickMs: 4000 },
      { tickMs: 5000 },
      output(1, "from one\n", 5100),
      done(2, 5200),
      done(1, 5300),
    );
    expect(text).toBe(`\
#1 one
#1 ...

#2 two
#2 0.010 from two
#2 DONE 5.2s

#1 one
#1 5.100 from one
#1 DONE 5.3s
`);
  });

  it("does not keep more than some hundred lines of a waiting step", () => {
    const text = render(started(1, "one", 0), started(2, "two", 0), output(2, "line\n".repeat(501), 1));
    expect(text.startsWith("#1 one\n#1 ...\n\n#2 two\n#2 0.001 line\n")).toBe(true);
  });

  it("says when work without bytes begins and ends", () => {
    const text = render(
      started(1, "exporting to image", 0),
      transfer(1, "exporting layers", 0, undefined, false, 0),
      transfer(1, "exporting layers", 0, undefined, true, 400),
      transfer(1, "naming to docker.io/library/app:latest", 0, undefined, true, 400),
      canceled(1, 500),
    );
    expect(text).toBe(`\
#1 exporting to image
#1 exporting layers
#1 exporting layers 0.4s done
#1 naming to docker.io/library/app:latest 0.0s done
#1 CANCELED
`);
  });

  it("lets no terminal escape of a name, an output or an error through (security: terminal escapes)", () => {
    const evil = "\u001b]0;title\u0007\u001b[2J\u009b31m\rtext\u0008";
    const text = render(
      started(1, `RUN ${evil}\nsecond line`, 0),
      transfer(1, `sha${evil}`, 1, 2, true, 1),
      output(1, `${evil}\n`, 2),
      failed(1, evil, 3),
    );
    // oxlint-disable-next-line no-control-regex -- what must not get through
    expect(text).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/);
    expect(text).toContain("#1 RUN text second line\n");
  });

  it("shows at the end what steps without an end had to say", () => {
    expect(render(started(1, "one", 0), started(2, "two", 0), output(2, "partial", 5))).toBe(
      "#1 one\n\n#2 two\n#2 0.005 partial\n",
    );
  });
});
