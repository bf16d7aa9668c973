/** How many requests an address gets at a time, whichever mirrors and redirects lead to it. */
import pLimit, { type LimitFunction } from "p-limit";

/** Waits for a slot of the address; what it gives hands the slot back. Rejects when aborted. */
export type Slots = (address: string, signal: AbortSignal) => Promise<() => void>;

export function openSlots(perAddress: number): Slots {
  const limits = new Map<string, LimitFunction>();
  return (address, signal) => {
    const limit = limits.get(address) ?? pLimit(perAddress);
    limits.set(address, limit);
    return new Promise((granted, rejected) => {
      const giveUp = (): void => rejected(signal.reason);
      signal.addEventListener("abort", giveUp, { once: true });
      limit(() => {
        signal.removeEventListener("abort", giveUp);
        if (signal.aborted) return giveUp();
        return new Promise<void>((handBack) => granted(handBack));
      });
    });
  };
}
