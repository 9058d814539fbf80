// Notes as changesets writes them, without lines about updated dependencies: all packages are released together, with one version.
const { default: notes } = require("@changesets/cli/changelog");

module.exports = { getReleaseLine: notes.getReleaseLine, getDependencyReleaseLine: async () => "" };
