import { describe, expect, it } from "vitest";
import { registrableDomain } from "./registrable-domain.ts";

describe("registrableDomain", () => {
  const table: [string, string | undefined][] = [
    ["registry.gitlab.com", "gitlab.com"],
    ["GITLAB.com", "gitlab.com"],
    ["a.b.example.co.uk", "example.co.uk"],
    ["co.uk", undefined],
    ["example.com.au", "example.com.au"],
    ["team.azurecr.io", "team.azurecr.io"],
    ["azurecr.io", undefined],
    ["123.dkr.ecr.eu-west-1.amazonaws.com", "123.dkr.ecr.eu-west-1.amazonaws.com"],
    ["evil.github.io", "evil.github.io"],
    ["localhost", undefined],
    ["registry", undefined],
    ["10.0.0.1", undefined],
    ["[::1]", undefined],
    ["a..com", undefined],
  ];
  it.each(table)("of %s is %s", (host, domain) => {
    expect(registrableDomain(host)).toBe(domain);
  });
});
