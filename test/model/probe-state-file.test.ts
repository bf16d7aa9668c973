import { Ajv2020 } from "ajv/dist/2020.js";
import { expect, test } from "vitest";
import { PROBE_REASONS, type ProbeReason } from "../../src/model/probe-reasons.ts";
import type { CheckState, ProbeState } from "../../src/model/probe-state.ts";
import {
  PROBE_STATE_SCHEMA,
  readProbeState,
  renderProbeState,
} from "../../src/model/probe-state-file.ts";
import { ASKED_AT, held, stateOf } from "../support/probe-state.ts";
import { seededRandom } from "../support/random.ts";
import { collect } from "../support/reading.ts";

const DAY = 86_400;
const validate = new Ajv2020({ allErrors: true }).compile(PROBE_STATE_SCHEMA);
const REASONS = Object.keys(PROBE_REASONS) as ProbeReason[];

function randomState(random: () => number): ProbeState {
  const maybe = <T>(value: T) => (random() < 0.5 ? value : undefined);
  const check = (): CheckState => {
    const all = {
      detail: maybe('404 "not found" \\ \u2028 ü'),
      countedAt: maybe(ASKED_AT - 7),
      goodAt: maybe(ASKED_AT - 5),
      updatedAt: maybe(-17),
      expiresAt: maybe(ASKED_AT * 2),
      took: maybe(Math.floor(random() * 1e5)),
      url: maybe("http://m.example/TIME"),
    };
    const given = Object.fromEntries(
      Object.entries(all).filter(([, value]) => value !== undefined),
    );
    return held(REASONS[Math.floor(random() * REASONS.length)]!, {
      against: Math.floor(random() * 4),
      ...given,
    });
  };
  const names = Array.from({ length: Math.floor(random() * 5) }, (_, n) => `m${n}.example`);
  return {
    probedAt: ASKED_AT,
    allowedOutdateSeconds: 43_200,
    ...(random() < 0.5 && { acceptedAt: ASKED_AT - DAY }),
    mirrors: Object.fromEntries(
      names.map((name) => {
        const ids = ["dns", "http/ipv4", "kitten:https/ipv6", "repo:9.8/baseos/x86_64", "isos"];
        const checks = Object.fromEntries(
          ids.flatMap((id) => (random() < 0.6 ? [[id, check()]] : [])),
        );
        return [name, stateOf(checks, { ipv4: ["192.0.2.1"], ipv6: ["2001:db8::1"] })];
      }),
    ),
  };
}

const read = (text: string) =>
  collect((report) => readProbeState({ path: "p.json", text }, report));

test("readProbeState reads what renderProbeState writes, and the schema holds for it", () => {
  const random = seededRandom(7);
  for (let world = 0; world < 200; world++) {
    const state = randomState(random);
    const text = renderProbeState(state);
    expect(read(text)).toMatchObject({ value: state, codes: [] });
    expect(validate(JSON.parse(text)), JSON.stringify(validate.errors)).toBe(true);
  }
});

test("a state that is cut off anywhere, or has one value of another kind, is not read", () => {
  const state = randomState(seededRandom(3));
  const text = renderProbeState({
    ...state,
    mirrors: { "m.example": stateOf({ dns: held("ok") }) },
  });
  for (let length = 0; length < text.trimEnd().length; length++) {
    expect(read(text.slice(0, length)).codes).toEqual(["probe-state-unusable"]);
  }
  const broken = [
    text.replace('"format": 1', '"format": 2'),
    text.replace(`"probedAt": ${ASKED_AT}`, '"probedAt": "today"'),
    text.replace('"mirrors"', '"acceptedAt": "now", "mirrors"'),
    text.replace('"against":0', '"against":0,"countedAt":"now"'),
    text.replace('"reason":"ok"', '"reason":"fine"'),
    text.replace('"good":true', '"good":"true"'),
    text.replace('"against":0', '"against":-1'),
    text.replace('"ipv4":[]', '"ipv4":["127.1"]'),
    text.replace('"repositories": 0', '"repositories": null'),
    "[]",
    "null",
  ];
  for (const each of broken) {
    expect(each).not.toBe(text);
    expect(read(each).codes).toEqual(["probe-state-unusable"]);
  }
});

test("a state of before rows had a spacing is read, and one of a night like any other is the same still", () => {
  const text = `{
  "format": 1,
  "probedAt": ${ASKED_AT},
  "allowedOutdateSeconds": 43200,
  "mirrors": {
    "m.example": {"addresses": {"ipv4":[],"ipv6":[]}, "repositories": 0, "checks": {
      "http/ipv4": {"good":true,"since":${ASKED_AT},"against":1,"reason":"down","at":${ASKED_AT}}
    }}
  }
}
`;
  const { value } = read(text);
  expect(value && renderProbeState(value)).toBe(text);
});

test("a mirror may have the name of any property", () => {
  const state = { probedAt: 1, allowedOutdateSeconds: 1, mirrors: { constructor: stateOf({}) } };
  expect(read(renderProbeState(state)).value?.mirrors).toEqual(state.mirrors);
});
