import { describe, expect, it } from "vitest";
import type { AddressClass } from "../http/address-rule.ts";
import { judgeRealm } from "./realm-policy.ts";

interface Row {
  registry: string;
  realm: string;
  verdict: "trusted" | "anonymous" | "refused";
  at?: AddressClass;
  trusted?: string[];
}

// oras-go CVE-2026-48978, go-containerregistry #2193, distribution CVE-2026-33540
const table: Row[] = [
  { registry: "https://r.example", realm: "https://r.example/token", verdict: "trusted" },
  { registry: "https://r.example", realm: "https://r.example:5001/token", verdict: "trusted" },
  { registry: "https://registry-1.docker.io", realm: "https://auth.docker.io/token", verdict: "trusted" },
  { registry: "https://registry.gitlab.com", realm: "https://gitlab.com/jwt/auth", verdict: "trusted" },
  {
    registry: "https://registry.corp.example.co.uk",
    realm: "https://auth.example.co.uk/t",
    verdict: "trusted",
  },
  {
    registry: "https://r.example.com",
    realm: "https://tokens.other.com/t",
    verdict: "trusted",
    trusted: ["tokens.other.com"],
  },
  { registry: "https://r.example.com", realm: "https://attacker.test/t", verdict: "anonymous" },
  { registry: "https://r.example.com", realm: "https://r.example.com.attacker.test/t", verdict: "anonymous" },
  { registry: "https://good.co.uk", realm: "https://evil.co.uk/t", verdict: "anonymous" },
  { registry: "https://me.azurecr.io", realm: "https://evil.azurecr.io/t", verdict: "anonymous" },
  {
    registry: "https://1.dkr.ecr.eu-west-1.amazonaws.com",
    realm: "https://evil.s3.eu-west-1.amazonaws.com/t",
    verdict: "anonymous",
  },
  { registry: "https://me.github.io", realm: "https://evil.github.io/t", verdict: "anonymous" },
  {
    registry: "https://registry-1.docker.io",
    realm: "https://auth.docker.io.evil.test/t",
    verdict: "anonymous",
  },
  { registry: "https://r.example", realm: "http://r.example/token", verdict: "refused" },
  { registry: "https://r.example", realm: "http://attacker.test/token", verdict: "refused" },
  { registry: "https://r.example", realm: "https://169.254.169.254/latest", verdict: "refused" },
  { registry: "https://r.example", realm: "https://[fe80::1]/", verdict: "refused" },
  { registry: "https://r.example", realm: "https://[::ffff:169.254.169.254]/", verdict: "refused" },
  { registry: "https://r.example", realm: "https://127.0.0.1:8080/", verdict: "refused" },
  { registry: "https://r.example", realm: "https://0x7f000001/", verdict: "refused" },
  { registry: "https://r.example", realm: "https://localhost/", verdict: "refused" },
  { registry: "https://r.example", realm: "https://10.0.0.5/", verdict: "refused" },
  { registry: "https://r.corp", realm: "https://10.0.0.5/", verdict: "anonymous", at: "private" },
  { registry: "http://10.0.0.4:5000", realm: "http://10.0.0.5:5001/", verdict: "anonymous", at: "private" },
  { registry: "http://10.0.0.4:5000", realm: "http://169.254.169.254/", verdict: "refused", at: "private" },
  { registry: "http://10.0.0.4:5000", realm: "http://10.0.0.4:5001/", verdict: "trusted", at: "private" },
  { registry: "http://localhost:5000", realm: "http://127.0.0.1:5001/", verdict: "trusted", at: "loopback" },
  { registry: "http://localhost:5000", realm: "http://169.254.169.254/", verdict: "refused", at: "loopback" },
  { registry: "https://r.example", realm: "file:///etc/passwd", verdict: "refused" },
  { registry: "https://r.example", realm: "https://user:pw@r.example/", verdict: "refused" },
];

describe("judgeRealm", () => {
  it.each(table)(
    "$registry -> $realm is $verdict",
    ({ registry, realm, verdict, at = "public", trusted = [] }) => {
      const question = {
        registry: new URL(registry),
        realm: new URL(realm),
        trustedHosts: trusted,
        registryAddress: at,
      };
      expect(judgeRealm(question).kind).toBe(verdict);
    },
  );

  it("lets the socket go only where the registry had a right to send us", () => {
    const judge = (registryAddress: AddressClass): unknown => {
      const verdict = judgeRealm({
        registry: new URL("https://r.example.com"),
        realm: new URL("https://t.test"),
        trustedHosts: [],
        registryAddress,
      });
      if (verdict.kind === "refused") throw new Error("not expected");
      return (["public", "private", "loopback", "link-local"] as const).filter((kind) =>
        verdict.addressRule.allows(kind),
      );
    };
    expect(judge("public")).toEqual(["public"]);
    expect(judge("private")).toEqual(["public", "private"]);
  });
});
