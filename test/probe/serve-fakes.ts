/**
 * Serves the thousand fake mirrors as a process of its own, so that they do not share the prober's
 * processor time and memory. Says what it serves to its parent, and the figures when it is told
 * anything.
 */
import { makeAuthority } from "../support/certificates.ts";
import { serveFakes } from "./fake-servers.ts";
import { allFakes } from "./fakes.ts";

const servers = await serveFakes(allFakes(), makeAuthority(["*.fake.test"]));
process.on("message", () => process.send?.(servers.stats()));
process.on("disconnect", () => process.exit());
process.send?.(servers.served);
