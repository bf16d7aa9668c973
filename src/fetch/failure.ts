/** Why something was not brought. */
export class FetchError extends Error {
  override readonly name = "FetchError";
  /** What the operator can do about it, as a whole sentence; "" when nothing is known. */
  readonly remedy: string;

  /** One line in words, without anything secret. */
  constructor(message: string, remedy = "") {
    super(message);
    this.remedy = remedy;
  }
}

/** Of a text that is to be shown: secrets and the queries of URLs, which may hold signatures. */
export function withoutSecrets(text: string, secrets: readonly string[]): string {
  const hidden = secrets
    .filter((secret) => secret.length >= LEAST_SECRET)
    .reduce((rest, secret) => rest.replaceAll(secret, "***"), text);
  return hidden.replace(/(https?:\/\/[^\s?"']+)\?[^\s"']*/g, "$1?***");
}

/** A shorter one would be found in every number. */
const LEAST_SECRET = 4;
