/** Makes diagnostics whose words are sure to have what they need. */
import { type Catalogue, catalogue, type DiagnosticCode } from "./catalogue.ts";
import type { Diagnostic, SourceFile, SourceRange } from "./diagnostic.ts";

export interface Place {
  readonly file?: SourceFile | undefined;
  readonly range?: SourceRange | undefined;
}

/** What stands between braces in a sentence. */
type Placeholders<Text extends string> = Text extends `${string}{${infer Name}}${infer Rest}`
  ? Name | Placeholders<Rest>
  : never;

/** A message's placeholders must be given, those of its hints may be. */
export type ArgsOf<Code extends DiagnosticCode> = {
  readonly [Name in Placeholders<Catalogue[Code]["message"]>]: string | number;
} & {
  readonly [Name in Placeholders<Catalogue[Code]["hints"][number]>]?: string | number | undefined;
};

/** A diagnostic of the catalogue's severity; arguments that are undefined are left away. */
export function problem<Code extends DiagnosticCode>(
  code: Code,
  place: Place,
  args: ArgsOf<Code>,
): Diagnostic {
  const given: Record<string, string | number> = {};
  for (const [name, value] of Object.entries<string | number | undefined>({ ...args })) {
    if (value !== undefined) given[name] = value;
  }
  return {
    code,
    severity: catalogue[code].severity,
    ...(place.file && { file: place.file }),
    ...(place.range && { range: place.range }),
    args: given,
  };
}
