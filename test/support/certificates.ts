/** An authority of a test's own, and certificates by it, good and bad; made by openssl. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** PEM. */
export interface KeyAndCertificate {
  readonly key: string;
  readonly cert: string;
}

export interface TestAuthority {
  /** PEM. */
  readonly ca: string;
  readonly good: KeyAndCertificate;
  /** Since 2020-02-01. */
  readonly expired: KeyAndCertificate;
  /** For a.wrong.test. */
  readonly wrongHost: KeyAndCertificate;
  readonly selfSigned: KeyAndCertificate;
}

const CONFIG = `[ca]
default_ca = test
[test]
database = index.txt
new_certs_dir = .
rand_serial = yes
default_md = sha256
policy = names
copy_extensions = copy
unique_subject = no
[names]
commonName = optional
`;

/** `names` are of the good, the expired and the self-signed one: "*.fake.test". */
export function makeAuthority(names: readonly string[]): TestAuthority {
  const folder = mkdtempSync(join(tmpdir(), "mirrorpress-certificates-"));
  const read = (name: string) => readFileSync(join(folder, name), "utf8");
  const openssl = (...args: readonly string[]) =>
    execFileSync("openssl", args, { cwd: folder, stdio: "pipe" });
  const newKey = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"];
  const request = (name: string, hosts: readonly string[], ...more: readonly string[]) => {
    const alternatives = `subjectAltName=${hosts.map((host) => `DNS:${host}`).join(",")}`;
    const files = ["-keyout", `${name}.key`, "-out", `${name}.csr`];
    openssl("req", ...newKey, ...files, "-subj", `/CN=${name}`, "-addext", alternatives, ...more);
  };
  const signed = (name: string, hosts: readonly string[], from: string, until: string) => {
    request(name, hosts);
    const files = ["-cert", "ca.pem", "-keyfile", "ca.key", "-in", `${name}.csr`];
    const time = ["-startdate", from, "-enddate", until];
    openssl(
      "ca",
      "-batch",
      "-notext",
      "-config",
      "ca.cnf",
      ...files,
      "-out",
      `${name}.pem`,
      ...time,
    );
    return { key: read(`${name}.key`), cert: read(`${name}.pem`) };
  };
  try {
    writeFileSync(join(folder, "ca.cnf"), CONFIG);
    writeFileSync(join(folder, "index.txt"), "");
    const authority = ["-keyout", "ca.key", "-out", "ca.pem", "-subj", "/CN=Test authority"];
    openssl("req", "-x509", ...newKey, ...authority, "-days", "3650");
    request("self-signed", names, "-x509", "-days", "3650");
    return {
      ca: read("ca.pem"),
      good: signed("good", names, "20200101000000Z", "20491231000000Z"),
      expired: signed("expired", names, "20200101000000Z", "20200201000000Z"),
      wrongHost: signed("wrong", ["a.wrong.test"], "20200101000000Z", "20491231000000Z"),
      selfSigned: { key: read("self-signed.key"), cert: read("self-signed.csr") },
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
