/** Whether our own network is in order: URLs of others that always answer, before a run and after. */
import type { ProbeSettings } from "../model/probe-settings.ts";
import { NetError } from "../net/failure.ts";
import { type NetOptions, openHttp } from "../net/http.ts";

export interface ControlAnswers {
  readonly asked: number;
  readonly answered: number;
}

/**
 * A network that wants a login, or sends everybody to a page of its own, redirects: that is no
 * answer. Each endpoint has a second try.
 */
export async function askControl(
  { control, requestSeconds }: Pick<ProbeSettings, "control" | "requestSeconds">,
  net: NetOptions,
  signal: AbortSignal | undefined,
): Promise<ControlAnswers> {
  const http = openHttp(net);
  const request = { maxBytes: 4096, stopAfter: 4096, seconds: requestSeconds, maxRedirects: 0 };
  const answers = async (url: string): Promise<boolean> => {
    try {
      const asked = { ...request, url, ...(signal && { signal }) };
      const { status } = await http.request(asked);
      return status >= 200 && status < 300;
    } catch (error) {
      if (error instanceof NetError) return false;
      throw error;
    }
  };
  try {
    const found = await Promise.all(
      control.map(async (url) => (await answers(url)) || (await answers(url))),
    );
    return { asked: control.length, answered: found.filter(Boolean).length };
  } finally {
    http.close();
  }
}

export function worseOf(one: ControlAnswers, other: ControlAnswers): ControlAnswers {
  return other.answered < one.answered ? other : one;
}
