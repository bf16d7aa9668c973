/**
 * Output of commands inside a Markdown text:
 *
 *     <!-- output: npm start -->
 *     ```
 *     ...
 *     ```
 *     <!-- /output -->
 */

/** Replaces the blocks that have a text by their name. Throws if one of the names has no block. */
export function fillBlocks(markdown: string, texts: ReadonlyMap<string, string>): string {
  const missing = new Set(texts.keys());
  const filled = markdown.replace(BLOCK, (block, name: string) => {
    const text = texts.get(name);
    missing.delete(name);
    if (text === undefined) return block;
    return `<!-- output: ${name} -->\n\`\`\`\n${text.trimEnd()}\n\`\`\`\n<!-- /output -->`;
  });
  if (missing.size > 0) throw new Error(`there is no block for ${[...missing].join(", ")}`);
  return filled;
}

const BLOCK = /<!-- output: (.+?) -->\n```\n[\s\S]*?```\n<!-- \/output -->/g;
