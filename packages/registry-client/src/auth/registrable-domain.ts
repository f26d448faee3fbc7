// The part of a host name that one owner has registered: "example.co.uk" of "a.b.example.co.uk". Without the
// public suffix list (300 KB that age) this errs to the narrow side: where we are not sure that a name is
// shared by one owner, two hosts count as strangers, and the caller can name the pair explicitly.
import { isIP } from "node:net";

/** Second levels under which countries register names for the public. */
const secondLevels = new Set(
  "ac asn co com edu gob gouv gov govt gv id ind info ltd me mil ne net nhs nic nom or org plc pol sch web".split(
    " ",
  ),
);

/** Suffixes under which cloud providers give names to their customers. */
const sharedSuffixes = [
  "amazonaws.com",
  "amazonaws.com.cn",
  "appspot.com",
  "azurecr.cn",
  "azurecr.io",
  "azurecr.us",
  "azurewebsites.net",
  "cloudapp.net",
  "cloudfront.net",
  "cloudfunctions.net",
  "core.windows.net",
  "cr.aliyuncs.com",
  "aliyuncs.com",
  "digitaloceanspaces.com",
  "duckdns.org",
  "fly.dev",
  "github.io",
  "gitlab.io",
  "googleapis.com",
  "herokuapp.com",
  "jfrog.io",
  "nip.io",
  "ngrok.io",
  "ngrok-free.app",
  "oraclecloud.com",
  "pages.dev",
  "pkg.dev",
  "run.app",
  "sslip.io",
  "trycloudflare.com",
  "vercel.app",
  "workers.dev",
];

/** The registrable domain of a host name, or `undefined` for addresses, single labels and names that are a suffix themselves. */
export function registrableDomain(hostname: string): string | undefined {
  const name = hostname.toLowerCase().replace(/\.$/, "");
  if (isIP(name.replace(/^\[|\]$/g, "")) !== 0) return undefined;
  const labels = name.split(".");
  // Under a cloud provider's suffix even neighbours with more labels in common are strangers: the whole name
  // counts (evil.s3.eu-west-1.amazonaws.com is not a part of 123.dkr.ecr.eu-west-1.amazonaws.com).
  if (sharedSuffixes.some((suffix) => name.endsWith(`.${suffix}`))) return name;
  const suffixLength = isPublicSecondLevel(labels) || sharedSuffixes.includes(name) ? 2 : 1;
  if (labels.length <= suffixLength || labels.includes("")) return undefined;
  return labels.slice(-suffixLength - 1).join(".");
}

function isPublicSecondLevel(labels: readonly string[]): boolean {
  const top = labels.at(-1) ?? "";
  const second = labels.at(-2) ?? "";
  return top.length === 2 && (secondLevels.has(second) || second.length === 2);
}
