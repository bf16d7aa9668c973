/** Problems of the ranking rule in mirrorpress.yml. */
import type { CatalogueEntries } from "./entry.ts";

export const policyCatalogue = {
  "unknown-policy": {
    severity: "error",
    title: "unknown policy",
    message: 'there is no policy "{text}", and no "steps:" say what it is; blog-2021 is used',
    hints: [
      'write "name: {suggestion}"',
      'write "name: blog-2021" or "name: service-2026", or write the rule out under "steps:"',
    ],
  },
  "policy-name": {
    severity: "error",
    title: "policy name",
    message: '"{text}" cannot be a policy\'s name; "{used}" is used',
    hints: ["use lower-case letters, digits, dots, hyphens and underscores"],
  },
  "policy-steps-of-preset": {
    severity: "error",
    title: "steps under the name of a known policy",
    message: 'the steps of "{policy}" are known; those written here are left out',
    hints: ['give the policy a name of its own, or remove "steps:"'],
  },
  "policy-number": {
    severity: "error",
    title: "number of another policy",
    message:
      '"{key}" is a number of blog-2021, which policy "{policy}" does not have; it is left out',
    hints: ['remove it, or write the rule out under "steps:"'],
  },
  "unknown-step": {
    severity: "error",
    title: "unknown step",
    message: 'there is no step "{text}"; it is left out',
    hints: ['write "{suggestion}"', "steps: on_net, by_place, everyone"],
  },
  "step-out-of-order": {
    severity: "error",
    title: "step out of order",
    message: 'the step "{step}" cannot come after "{after}"; it is left out',
    hints: ["the order is on_net, by_place, everyone, each at most once"],
  },
  "no-usable-step": {
    severity: "error",
    title: "no usable step",
    message: "none of the steps can be used; the policy is blog-2021",
    hints: ['mend the steps, or remove "steps:" and write "name: blog-2021"'],
  },
  "no-everyone-step": {
    severity: "error",
    title: "no step for everyone",
    message:
      'the last step is not "everyone", so that a client in an unknown place would get nothing; it is added',
    hints: ['add "- everyone: {}" as the last step'],
  },
  "fill-without-place": {
    severity: "error",
    title: "filling by a step that is not there",
    message: 'on_net is to be filled from a "by_place" step that is not there; the nearest fill it',
    hints: ['write "fill: nearest", or add a "by_place" step'],
  },
  "band-out-of-order": {
    severity: "error",
    title: "band out of order",
    message: 'the band from "{from}" cannot come after "{after}"; it is left out',
    hints: ["the order is country, continent, world, each at most once"],
  },
  "spread-without-place": {
    severity: "error",
    title: "spread without a place",
    message:
      'policy "{policy}" has no "by_place" step whose mirrors could be spread; it is left out',
    hints: ['remove "spread:", or add a "by_place" step'],
  },
} as const satisfies CatalogueEntries;
