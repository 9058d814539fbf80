/** The oldest of each line of Node that is supported: what Vite, which builds pages and runs tests, asks for, and where `require` loads ES modules. */
const FLOORS = { 20: 19, 22: 12 };

/** What to say of a version of Node, such as v20.10.0, with which a clone can't be built and tested; undefined of others. */
export function tooOld(version) {
  const [major, minor] = version.replace(/^v/, "").split(".").map(Number);
  if (major > 22 || minor >= FLOORS[major]) return undefined;
  return `rsdix needs Node 20.19, 22.12 or newer, this is ${version}. Install it from https://nodejs.org and run the command again.`;
}
