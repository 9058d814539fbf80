import { fail } from "@rsdix/internal";

/** A model of the hub, at a branch, a tag or a commit; `undefined` is its main branch. */
export interface HubTarget {
  /** `org/name`, or `name` of the oldest models (`gpt2`). */
  readonly id: string;
  readonly revision: string | undefined;
}

const ID = /^(?:[\w-][\w.-]{0,95}\/)?[\w-][\w.-]{0,95}$/;
/** What git allows in names of branches and tags, as far as the hub uses it. */
const REVISION = /^[\w][\w./+-]{0,254}$/;
const HUB_URL = /^https:\/\/(?:huggingface\.co|hf\.co)\/([^/?#]+\/[^/?#]+)(?:\/tree\/([^?#]+?))?\/?$/;

/** A commit's full name: what it stands for never changes. */
export function isCommit(revision: string): boolean {
  return /^[0-9a-f]{40}$/.test(revision);
}

/** What a text says if it is an id of the hub, `org/name` or `org/name@revision`, or the address of a model's page there. */
export function parseHubId(text: string): HubTarget | undefined {
  const page = HUB_URL.exec(text);
  if (page) return page[1]!.startsWith("datasets/") || page[1]!.startsWith("spaces/") ? undefined : target(page[1]!, page[2]);
  const at = text.indexOf("@");
  return at < 0 ? target(text, undefined) : target(text.slice(0, at), text.slice(at + 1));
}

function target(id: string, revision: string | undefined): HubTarget | undefined {
  const isId = ID.test(id) && !id.includes("--") && !id.includes("..") && !id.endsWith(".git");
  return isId && (revision === undefined || isRevision(revision)) ? { id, revision } : undefined;
}

function isRevision(revision: string): boolean {
  return REVISION.test(revision) && !revision.includes("..") && !revision.includes("//") && !revision.endsWith("/");
}

/** A revision that was given beside the id. */
export function withRevision({ id, revision: own }: HubTarget, revision: string | undefined): HubTarget {
  if (revision === undefined) return { id, revision: own };
  if (typeof revision !== "string" || !isRevision(revision)) {
    fail("INVALID_ARGUMENT", `revision must be a branch, a tag or a commit, got ${JSON.stringify(revision)}.`);
  }
  if (own !== undefined && own !== revision) {
    fail("INVALID_ARGUMENT", `The id says "${id}@${own}" and the option revision "${revision}": give one of them.`);
  }
  return { id, revision };
}
