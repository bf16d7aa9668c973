/**
 * Compiles the route table: the City tries zipped with the overlays, every distinct combination of
 * record, on-net state and block ranked once, equal siblings merged on the way back up.
 *
 * The tries are walked in address order and never inserted into; one pass makes the nodes of the
 * result in the order in which they are completed.
 */
import type { ClientPlace } from "../model/place.ts";
import type { FamilyRanker } from "../rank/family-ranker.ts";
import { type Classifier, createClassifier } from "./classify.ts";
import { type Decision, tallyDecisions } from "./decisions.ts";
import type { Overlay } from "./overlay.ts";
import { createPass, MOST_CUTS, type PassContext, type PlaceTree, type Sightings } from "./pass.ts";
import {
  classOf,
  leafOf,
  type Ref,
  type RouteClass,
  type RouteListSet,
  type RouteTable,
  TableBuilder,
} from "./table.ts";

export interface CompileInput extends PassContext {
  readonly ipv4: { readonly tree: PlaceTree; readonly overlay: Overlay };
  readonly ipv6: { readonly tree: PlaceTree; readonly overlay: Overlay };
  /** Names of the list sets. */
  readonly sets: readonly string[];
  /** Each set is in one family. */
  readonly families: readonly {
    readonly sets: readonly number[];
    readonly ranker: FamilyRanker;
  }[];
  /** Places that need a class even if no network is in them: countries without addresses. */
  readonly alsoPlaces: readonly (ClientPlace | null)[];
}

export interface CompiledRoutes {
  readonly table: RouteTable;
  /**
   * The table's classes, and behind them those that only `alsoPlaces` have; a class number may
   * name any of them.
   */
  readonly classes: readonly RouteClass[];
  /** The class of each of `alsoPlaces`. */
  readonly alsoClasses: readonly number[];
  readonly sightings: { readonly ipv4: Sightings; readonly ipv6: Sightings };
  /** By class, then in the order of `RULES`. */
  readonly decisions: readonly Decision[];
  /** Combinations of record, on-net state and block that were ranked. */
  readonly rankings: number;
}

/** `WideCountryError` is the only one that is not a bug. */
export function compileRoutes(input: CompileInput): CompiledRoutes {
  const maxNodes =
    input.ipv4.tree.nodes.nodeCount +
    input.ipv6.tree.nodes.nodeCount +
    input.ipv4.overlay.stateAt.length * 2 +
    input.ipv6.overlay.stateAt.length * 2 +
    (input.slots.size === 0 ? 0 : MOST_CUTS * 2);
  const builder = new TableBuilder(maxNodes);
  const classifier = createClassifier(input.families, input.sets.length);

  const ipv4 = createPass(input, input.ipv4, builder, classifier, leafOf(0));
  const ipv4Ref = ipv4.run();
  const ipv6 = createPass(input, input.ipv6, builder, classifier, ipv4Ref);
  const rootRef = ipv6.run();

  // Classes were numbered as records came up; number them by their place in the finished table,
  // so that tables which answer alike are equal to the last bit.
  const children = builder.finish();
  const finalOf: number[] = [];
  const order: number[] = [];
  const finalClass = (found: number): number => {
    finalOf[found] ??= order.push(found) - 1;
    return finalOf[found];
  };
  const finalLeaf = (ref: Ref): Ref => (ref >= 0 ? ref : leafOf(finalClass(classOf(ref))));
  for (let i = 0; i < children.length; i++) {
    if (children[i]! < 0) children[i] = finalLeaf(children[i]!);
  }
  const root = finalLeaf(rootRef);
  const ipv4Root = finalLeaf(ipv4Ref);
  const tableClassCount = order.length;
  const alsoClasses = input.alsoPlaces.map((place) => {
    const client = { place, hasRecord: false, subnetMatches: [], asnMatches: [] };
    return finalClass(classifier.classify(client).classNumber);
  });
  const { classes, sets } = renumberLists(order, input.sets, classifier);
  const sightings = { ipv4: ipv4.sightings(finalOf), ipv6: ipv6.sightings(finalOf) };
  return {
    table: {
      children,
      count: builder.count,
      root,
      ipv4Root,
      classes: classes.slice(0, tableClassCount),
      sets,
      rotations: Math.max(...input.families.map(({ ranker }) => ranker.rotations)),
    },
    classes,
    alsoClasses,
    sightings,
    decisions: tallyDecisions(ipv4.rules(), ipv6.rules(), sightings),
    rankings: classifier.rankings(),
  };
}

/** Numbers the groups and lists of each set in the order in which classes name them. */
function renumberLists(
  order: readonly number[],
  names: readonly string[],
  { classes, lists, groups, countries }: Classifier,
): { readonly classes: readonly RouteClass[]; readonly sets: readonly RouteListSet[] } {
  const sets = names.map((name, set) => {
    const groupNumbers = new FinalNumbers();
    const listNumbers = new FinalNumbers();
    return { name, groupNumbers, listNumbers, groups: groups[set]! };
  });
  /** One array for a list, whichever sets have it: there are as many lists as sets and situations. */
  const arrays: number[][] = [];
  const arrayOf = (list: number) => {
    arrays[list] ??= Array.from(lists.sequenceAt(list));
    return arrays[list];
  };
  const renumbered = order.map((found): RouteClass => {
    const [country = 0, ...groupsOfClass] = classes.sequenceAt(found);
    return {
      country: country === 0 ? undefined : countries[country],
      groups: groupsOfClass.map((group, set) => sets[set]!.groupNumbers.of(group)),
    };
  });
  return {
    classes: renumbered,
    sets: sets.map(({ name, groupNumbers, listNumbers, groups }) => {
      const finalGroups = groupNumbers.inOrder.map((group) =>
        Array.from(groups.sequenceAt(group), (list) => listNumbers.of(list)),
      );
      return { name, lists: listNumbers.inOrder.map(arrayOf), groups: finalGroups };
    }),
  };
}

/** Counts up from 0 in the order in which numbers are asked for. */
class FinalNumbers {
  readonly inOrder: number[] = [];
  readonly #finalOf = new Map<number, number>();

  of(found: number): number {
    const known = this.#finalOf.get(found);
    if (known !== undefined) return known;
    this.#finalOf.set(found, this.inOrder.length);
    return this.inOrder.push(found) - 1;
  }
}
